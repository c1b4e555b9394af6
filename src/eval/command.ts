import { Command, Option } from 'commander';
import { interruptible } from '../cli/interrupt.ts';
import { wholeNumber } from '../cli/options.ts';
import { UserError } from '../errors.ts';
import { PLAYTESTS } from '../serve/playtests.ts';
import { evaluate } from './evaluate.ts';
import { FEATURE_METRICS } from './features/features.ts';
import { listText } from './list.ts';
import { METRICS } from './metrics/registry.ts';
import { reportPlaytests } from './playtests/playtests.ts';
import { playtestText } from './playtests/text.ts';
import { SUITES, type SuiteName } from './suite.ts';
import { summaryText } from './summary.ts';

export { type EvaluateOptions, type EvaluateResult, evaluate } from './evaluate.ts';

/** Where playtests are reported when nothing else is said. */
const PLAYTEST_REPORT = 'reports/playtests';

interface Flags {
  readonly data?: string;
  readonly out?: string;
  readonly suite: SuiteName;
  readonly rollouts?: number;
  readonly horizon?: number;
  readonly seeds?: number;
  readonly seed: number;
  readonly features?: string;
  readonly playtests?: string;
  readonly list?: true;
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
      new Option('--playtests [folder]', 'tabulate what people who played have said, instead')
        .preset(PLAYTESTS)
        .conflicts(['data', 'features', 'list']),
    )
    .option('--list', 'explain every metric, and do nothing else')
    .addHelpText(
      'after',
      `
Examples:
  $ reverie eval worlds/ride --data datasets/ride
  $ reverie eval worlds/ride runs/ride-large --data datasets/ride      compare two
  $ reverie eval worlds/ride --data datasets/ride --suite full         more clips and seeds, farther ahead
  $ reverie eval --playtests playtests                                  what players preferred and said
  $ reverie eval --list                                                what the numbers mean

Interrupted? The same command goes on where it was.`,
    )
    .action(async (worlds: string[], { list, playtests, data, ...flags }: Flags) => {
      if (list) {
        process.stdout.write(`${listText([...METRICS, ...FEATURE_METRICS])}\n`);
        return;
      }
      if (playtests !== undefined) {
        if (worlds.length > 0) {
          throw new UserError(`${worlds[0]} is given beside --playtests`, 'leave the worlds out');
        }
        const { table, report } = await reportPlaytests(playtests, flags.out ?? PLAYTEST_REPORT);
        process.stdout.write(`${playtestText(table)}\n\nreport: ${report}\n`);
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
