import { Command, InvalidArgumentError } from 'commander';
import { ingest } from './ingest/ingest.ts';
import { removeUnfinished } from './ingest/stage.ts';
import { summarise } from './ingest/summary.ts';

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
    .addHelpText(
      'after',
      `
Examples:
  $ reverie ingest ride.mp4 --out datasets/ride
  $ reverie ingest ~/Videos/holiday clip.mov --out datasets/holiday --size 160x120
  $ reverie ingest dashcam/ --out datasets/commute --fov 120

The end of the footage, a fifth of its time, is put aside for validation. Run the same command again
after an interruption and it goes on where it was.`,
    )
    .action(async (inputs: string[], options: { out: string; size?: Size; fps?: number; fov?: number }) => {
      const stop = (): void => {
        removeUnfinished(options.out);
        process.stderr.write('\nstopped; run the same command again to go on\n');
        process.exit(130);
      };
      process.once('SIGINT', stop);
      process.once('SIGTERM', stop);
      try {
        const dataset = await ingest({
          inputs,
          out: options.out,
          ...(options.size === undefined ? {} : { size: options.size }),
          ...(options.fps === undefined ? {} : { fps: options.fps }),
          ...(options.fov === undefined ? {} : { fieldOfView: options.fov }),
        });
        process.stdout.write(`${await summarise(dataset)}\n`);
      } finally {
        process.off('SIGINT', stop);
        process.off('SIGTERM', stop);
      }
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
