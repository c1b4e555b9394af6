import { Command, Option } from 'commander';
import { interruptible } from '../cli/interrupt.ts';
import { positiveNumber } from '../cli/options.ts';
import { DEVICES, type Device, PRECISIONS, type Precision } from '../engine/index.ts';
import { readConfig } from './config.ts';
import { exportWorld } from './export.ts';
import { STAGES, type StageName } from './loop.ts';
import { openCommunicator } from './parallel/mpi.ts';
import { train } from './run.ts';

/** `reverie train`. */
export function trainCommand(): Command {
  return new Command('train')
    .description('train a world model on a dataset; the same command goes on where it stopped')
    .argument('<config>', 'recipe, one of configs/*.yaml')
    .requiredOption('--data <folder>', 'dataset to learn from (reverie ingest makes one)')
    .requiredOption('--out <folder>', 'run folder for checkpoints and metrics')
    .option('--minutes <n>', 'train for about this long instead of the steps of the recipe', positiveNumber)
    .option('--from <run>', 'start from the weights of another run of the same recipe, on other footage')
    .addOption(
      new Option('--device <name>', 'where to train; reverie info says what this machine can use')
        .choices(DEVICES)
        .default('cpu'),
    )
    .addOption(
      new Option('--precision <type>', 'of products on a GPU; weights and all sums stay float32')
        .choices(PRECISIONS)
        .default('float32'),
    )
    .addOption(
      new Option('--until <stage>', 'end after this stage; the same command without it goes on').choices(
        STAGES,
      ),
    )
    .option('--no-page', 'without the page that shows curves and pictures while it trains')
    .option('--set <key=value...>', 'replace a setting of the recipe')
    .addHelpText(
      'after',
      `
Examples:
  $ reverie train configs/clip-15min.yaml --data datasets/ride --out runs/ride
  $ reverie train configs/clip-15min.yaml --data datasets/ride --out runs/wide --set dynamics.width=256
  $ reverie train configs/clip-15min.yaml --data datasets/alley --out runs/alley --from runs/ride
  $ mpirun -n 4 reverie train configs/clip-1h.yaml --data datasets/ride --out runs/ride      four processes, one batch`,
    )
    .action(
      async (
        config: string,
        options: {
          data: string;
          out: string;
          minutes?: number;
          from?: string;
          device: Device;
          precision: Precision;
          until?: StageName;
          page: boolean;
          set?: string[];
        },
      ) => {
        const { data, out, minutes, from, device, precision, until, page } = options;
        const recipe = await readConfig(config, options.set);
        const communicator = openCommunicator();
        await interruptible((signal) =>
          train({
            communicator,
            config: recipe,
            data,
            out,
            device,
            precision,
            signal,
            ...(minutes === undefined ? {} : { minutes }),
            ...(from === undefined ? {} : { from }),
            ...(until === undefined ? {} : { until }),
            page,
          }),
        );
        const leads = communicator === undefined || communicator.rank === 0;
        communicator?.close();
        if (!leads) return;
        const next =
          until === 'autoencoder'
            ? 'the same without --until'
            : `reverie export ${out} --out worlds/${recipe.name}`;
        process.stdout.write(`trained in ${out}; next: ${next}\n`);
      },
    );
}

/** `reverie export`. */
export function exportCommand(): Command {
  return new Command('export')
    .description('write a trained run as a world that any ONNX runtime can play')
    .argument('<run>', 'run folder')
    .requiredOption('--out <folder>', 'world folder to write')
    .option('--name <name>', 'what the world is called (default: the name of the folder)')
    .option('--description <text>', 'one sentence about the place', '')
    .option('--licence <name>', 'licence of the footage and so of the world', 'not stated')
    .option('--attribution <text>', 'whom to credit for the footage', '')
    .addHelpText('after', '\nExample:\n  $ reverie export runs/ride --out worlds/ride --licence CC-BY-4.0')
    .action(
      async (
        run: string,
        options: { out: string; name?: string; description: string; licence: string; attribution: string },
      ) => {
        const { out, description, licence, attribution } = options;
        const name = options.name ?? out.replace(/\/+$/, '').split('/').at(-1)!;
        await exportWorld({ run, out, name, description, licence, attribution });
        process.stdout.write(`wrote ${out}; next: reverie play ${out}\n`);
      },
    );
}
