import { Command, InvalidArgumentError } from 'commander';
import { DEFAULT_SETTINGS, evaluate } from './evaluate.ts';
import { summaryTable, tableText } from './summary.ts';

export { type EvaluateOptions, type EvaluateResult, evaluate } from './evaluate.ts';

interface Flags {
  readonly data: string;
  readonly out?: string;
  readonly rollouts: number;
  readonly horizon: number;
  readonly seed: number;
}

/** `reverie eval`: measures worlds on held-out footage and writes a report. */
export function evalCommand(): Command {
  return new Command('eval')
    .description('Measure worlds on footage they never saw: drift, control, baselines, in one report.')
    .argument('<world...>', 'folders of exported worlds; several are compared')
    .requiredOption('--data <dataset>', 'folder of the dataset whose held-out end is the truth')
    .option('--out <folder>', 'folder of the report (default: reports/<world>)')
    .option(
      '--rollouts <n>',
      'starts, evenly spaced over the held-out footage',
      wholeNumber,
      DEFAULT_SETTINGS.rollouts,
    )
    .option('--horizon <n>', 'frames to imagine from each start', wholeNumber, DEFAULT_SETTINGS.horizon)
    .option('--seed <n>', 'same seed, same numbers', wholeNumber, DEFAULT_SETTINGS.seed)
    .addHelpText(
      'after',
      `
Examples:
  $ reverie eval worlds/ride --data datasets/ride
  $ reverie eval worlds/ride worlds/ride-large --data datasets/ride    compare two worlds
  $ reverie eval worlds/ride --data datasets/ride --horizon 150        five seconds at 30 fps`,
    )
    .action(async (worlds: string[], flags: Flags) => {
      const { summary, report } = await evaluate({ worlds, ...flags });
      process.stdout.write(`${tableText(summaryTable(summary, flags.horizon))}\n\nreport: ${report}\n`);
    });
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
