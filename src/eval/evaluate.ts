import path from 'node:path';
import { openDataset } from '../data/index.ts';
import type { World } from '../world/types.ts';
import { openWorld } from '../world/world.ts';
import { type EvaluationSettings, evaluateWorlds } from './evaluation.ts';
import { writeReport } from './report/write.ts';
import { type SummaryRow, summarize } from './summary.ts';

/** What to evaluate and where to report. */
export interface EvaluateOptions extends EvaluationSettings {
  /** Folders of exported worlds, at least one. */
  readonly worlds: readonly string[];
  /** Folder of a dataset whose held-out footage is the truth. */
  readonly data: string;
  /** Folder of the report, `reports/<names of the worlds>` when left out. */
  readonly out?: string | undefined;
}

/** What an evaluation came to. */
export interface EvaluateResult {
  readonly summary: readonly SummaryRow[];
  /** Path of `report.html`. */
  readonly report: string;
}

/** The settings of `reverie eval` when none are given. */
export const DEFAULT_SETTINGS: EvaluationSettings = { rollouts: 16, horizon: 30, seed: 0 };

/**
 * Opens worlds and a dataset, measures the worlds and writes the report.
 *
 * @throws UserError when a folder is not what it should be, or a world does not fit the dataset
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateResult> {
  const dataset = await openDataset(options.data);
  const worlds: World[] = [];
  try {
    for (const folder of options.worlds) worlds.push(await openWorld(folder));
    const evaluation = await evaluateWorlds(worlds, dataset, options);
    const report = await writeReport(evaluation, options.out ?? defaultFolder(options.worlds));
    return { summary: summarize(evaluation), report };
  } finally {
    for (const world of worlds) await world.close();
  }
}

function defaultFolder(worlds: readonly string[]): string {
  return path.join('reports', worlds.map((folder) => path.basename(path.resolve(folder))).join('-vs-'));
}
