import { Command, Option } from 'commander';
import { interruptible } from '../cli/interrupt.ts';
import { wholeNumber } from '../cli/options.ts';
import { UserError } from '../errors.ts';
import { PLAYTESTS } from '../serve/playtests.ts';
import { evaluate } from './evaluate.ts';
import { FEATURE_METRICS } from './features/features.ts';
import { listText } from './list.ts';
import { METRICS } from './metrics/registry.ts';
import { readPlaytests } from './playtests/read.ts';
import { playtestsText } from './playtests/text.ts';
import { SUITES, type SuiteName } from './suite.ts';
import { summaryText } from './summary.ts';

export { type EvaluateOptions, type EvaluateResult, evaluate } from './evaluate.ts';

interface Flags {
  readonly data?: string;
  readonly out?: string;
  readonly suite: SuiteName;
  readonly rollouts?: number;
  readonly horizon?: number;
  readonly seeds?: number;
  readonly seed: number;
  readonly features?: string;
  readonly list?: true;
  readonly playtests?: string;
}

/** `reverie eval`: measures worlds on held-out footage and writes a report. */
export function evalCommand(): Command {
  return new Command('eval')
    .description(
      'Measure worlds on footage they never saw: drift, control, memory, steadiness, in one report.',
    )
    .argument('[world...]', 'folders of exported worlds, or of runs; several are compared')
    .option('--data <dataset>', 'folder of the dataset whose held-out end is the truth')
    .option('--out <folder>', 'folder of the report (default: reports/<world>)')
    .addOption(
      new Option('--suite <name>', 'how thoroughly to look').choices(Object.keys(SUITES)).default('quick'),
    )
    .option(
      '--rollouts <n>',
      'starts, evenly spaced over the held-out footage (default: the suite’s)',
      wholeNumber,
    )
    .option('--horizon <n>', 'frames to imagine from each start (default: the suite’s)', wholeNumber)
    .option('--seeds <n>', 'times to imagine each with other noise (default: the suite’s)', wholeNumber)
    .option('--seed <n>', 'same seed, same numbers', wholeNumber, 0)
    .option('--features <net.onnx>', 'a feature network of yours, for LPIPS- and FVD-style metrics')
    .addOption(
      new Option(
        '--playtests [folder]',
        `tabulate what players kept and judged (default: ${PLAYTESTS}), and do nothing else`,
      ).preset(PLAYTESTS),
    )
    .option('--list', 'explain every metric, and do nothing else')
    .addHelpText(
      'after',
      `
Examples:
  $ reverie eval worlds/ride --data datasets/ride
  $ reverie eval worlds/ride runs/ride-large --data datasets/ride      compare two
  $ reverie eval worlds/ride --data datasets/ride --suite full         more clips and seeds, farther ahead
  $ reverie eval --list                                                what the numbers mean
  $ reverie eval --playtests                                           who won, blind; when players complained

Interrupted? The same command goes on where it was.`,
    )
    .action(async (worlds: string[], { list, playtests, data, ...flags }: Flags) => {
      if (list) {
        process.stdout.write(`${listText([...METRICS, ...FEATURE_METRICS])}\n`);
        return;
      }
      if (playtests !== undefined) {
        process.stdout.write(`${playtestsText(await readPlaytests(playtests))}\n`);
        return;
      }
      if (worlds.length === 0)
        throw new UserError('no world given', 'as in reverie eval worlds/ride --data datasets/ride');
      if (data === undefined) throw new UserError('no dataset given', 'name its folder with --data');
      const { summary, report } = await interruptible((signal) =>
        evaluate({ worlds, data, ...flags, signal }),
      );
      process.stdout.write(`${summaryText(summary)}\n\nreport: ${report}\n`);
    });
}
