import { Command, InvalidArgumentError } from 'commander';
import { positiveNumber } from '../cli/options.ts';
import { writeCard } from './card/card.ts';
import { ingest } from './ingest/ingest.ts';
import { summarise } from './ingest/summary.ts';

export { ingest } from './ingest/ingest.ts';

/** `reverie ingest`: footage becomes a dataset. */
export function ingestCommand(): Command {
  return new Command('ingest')
    .description('Turn video into a dataset: frames with the camera motion between them.')
    .argument('<files...>', 'videos, image sequences, folders, patterns; or a LeRobot dataset')
    .requiredOption('--out <folder>', 'where to write the dataset, as in datasets/ride')
    .option('--size <WxH>', 'size of a frame, multiples of 8 (default: 128 on the long side)', parseSize)
    .option(
      '--fps <number>',
      'frames per second (default: as filmed, halved until at most 30; numbered pictures: 30)',
      positiveNumber,
    )
    .option('--fov <degrees>', 'horizontal field of view of the lens (default: estimated)', positiveNumber)
    .option('--actions <csv>', 'your own log of actions; for several clips a folder with a CSV named as each')
    .option('--config <yaml>', 'what to leave out and where to cut (default: configs/ingest.yaml)')
    .addHelpText(
      'after',
      `
Examples:
  $ reverie ingest ride.mp4 --out datasets/ride
  $ reverie ingest ~/Videos/holiday clip.mov --out datasets/holiday --size 160x120
  $ reverie ingest 'dashcam/*.mp4' --out datasets/commute --fov 120
  $ reverie ingest run.mp4 --out datasets/run --actions joystick.csv
  $ reverie ingest frames/ --out datasets/walk --fps 24      numbered pictures

The end of the footage, a fifth of its time, is put aside for validation. Run the same command again
after an interruption and it goes on where it was.`,
    )
    .action(async (inputs: string[], options: Options) => {
      const { out, size, fps, fov, actions, config } = options;
      const dataset = await ingest({
        ...{ inputs, out },
        ...(size === undefined ? {} : { size }),
        ...(fps === undefined ? {} : { fps }),
        ...(fov === undefined ? {} : { fieldOfView: fov }),
        ...(actions === undefined ? {} : { actions }),
        ...(config === undefined ? {} : { config }),
      });
      const card = await writeCard(dataset);
      process.stdout.write(`${await summarise(dataset)}; look at ${card}\n`);
    });
}

interface Options {
  readonly out: string;
  readonly size?: Size;
  readonly fps?: number;
  readonly fov?: number;
  readonly actions?: string;
  readonly config?: string;
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
