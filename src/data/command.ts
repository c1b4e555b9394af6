import { Command, InvalidArgumentError } from 'commander';
import { ingest } from './ingest/ingest.ts';

export { ingest } from './ingest/ingest.ts';

/** `reverie ingest`: footage becomes a dataset. */
export function ingestCommand(): Command {
  return new Command('ingest')
    .description('Turn video into a dataset: frames with the camera motion between them.')
    .argument('<files...>', 'videos, or folders that are searched for videos')
    .requiredOption('--out <folder>', 'where to write the dataset, as in datasets/ride')
    .option('--size <WxH>', 'size of a frame, multiples of 8 (default: 128 on the long side)', parseSize)
    .option('--fps <number>', 'frames per second (default: as filmed, halved until at most 30)', parseNumber)
    .option('--fov <degrees>', 'horizontal field of view of the lens (default: estimated)', parseNumber)
    .action(async (inputs: string[], options: { out: string; size?: Size; fps?: number; fov?: number }) => {
      await ingest({
        inputs,
        out: options.out,
        ...(options.size === undefined ? {} : { size: options.size }),
        ...(options.fps === undefined ? {} : { fps: options.fps }),
        ...(options.fov === undefined ? {} : { fieldOfView: options.fov }),
      });
    });
}

interface Size {
  readonly width: number;
  readonly height: number;
}

function parseSize(text: string): Size {
  const match = /^(\d+)x(\d+)$/.exec(text);
  if (match === null) throw new InvalidArgumentError('write it as in 128x96.');
  return { width: Number(match[1]), height: Number(match[2]) };
}

function parseNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('it must be a positive number.');
  return value;
}
