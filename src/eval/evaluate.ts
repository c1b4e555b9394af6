import path from 'node:path';
import { formatDuration } from '../cli/progress.ts';
import { openDataset } from '../data/index.ts';
import type { Dataset } from '../data/types.ts';
import type { World } from '../world/types.ts';
import { evaluateWorlds } from './evaluation.ts';
import { openFeatures } from './features/features.ts';
import { writeRecording } from './report/recordings.ts';
import { writeReport } from './report/write.ts';
import { RolloutStore } from './rollouts/store.ts';
import { openSubject } from './subject.ts';
import { type EvaluationSettings, SUITES, type SuiteName } from './suite.ts';
import type { Summary } from './summary.ts';

/** What to evaluate and where to report; settings that are left out are the suite's. */
export interface EvaluateOptions extends Partial<EvaluationSettings> {
  /** Folders of exported worlds or of runs, at least one. */
  readonly worlds: readonly string[];
  /** Folder of a dataset whose held-out footage is the truth. */
  readonly data: string;
  /** Folder of the report, `reports/<names of the worlds>` when left out. */
  readonly out?: string | undefined;
  readonly suite?: SuiteName | undefined;
  /** An ONNX network whose features give further metrics; see `openFeatures`. */
  readonly features?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** What an evaluation came to. */
export interface EvaluateResult {
  readonly summary: Summary;
  /** Path of `report.html`. */
  readonly report: string;
}

/** Steps that are timed to tell how long an evaluation takes, after as many to warm up. */
const TIMED_STEPS = 10;
/** Time of an evaluation beside imagining: encoding the context, measuring, intervals. */
const OVERHEAD = 2;

/**
 * Opens worlds and a dataset, measures the worlds and writes the report. Finished rollouts are kept in
 * `<out>/cache`, where the same call finds them again.
 *
 * @throws UserError when a folder is not what it should be, or a world does not fit the dataset
 */
export async function evaluate(options: EvaluateOptions): Promise<EvaluateResult> {
  const { suite = 'quick', signal } = options;
  const out = options.out ?? defaultFolder(options.worlds);
  const dataset = await openDataset(options.data);
  const features = options.features === undefined ? undefined : await openFeatures(options.features);
  const worlds: World[] = [];
  try {
    for (const folder of options.worlds) worlds.push(await openSubject(folder, path.join(out, 'cache')));
    const settings: EvaluationSettings = {
      rollouts: options.rollouts ?? SUITES[suite].rollouts,
      horizon: options.horizon ?? horizonThatFits(SUITES[suite].horizon, dataset, worlds),
      seeds: options.seeds ?? SUITES[suite].seeds,
      seed: options.seed ?? 0,
    };
    const evaluation = await evaluateWorlds(worlds, dataset, settings, {
      store: new RolloutStore(path.join(out, 'cache')),
      extraMetrics: features?.metrics ?? [],
      record: (recording) => writeRecording(recording, dataset.info.fps, path.join(out, 'rollouts')),
      announce: async (frames) => {
        if (suite === 'full') await announceTime(worlds[0]!, frames);
      },
      ...(signal === undefined ? {} : { signal }),
    });
    return await writeReport(evaluation, out);
  } finally {
    for (const world of worlds) await world.close();
    await features?.close();
  }
}

/** As far as the suite looks, or less where the held-out footage is too short for two rollouts of that length. */
function horizonThatFits(wanted: number, { info }: Dataset, worlds: readonly World[]): number {
  const context = Math.max(...worlds.map(({ manifest }) => manifest.memory.window));
  const held = info.episodes.filter(({ split }) => split === 'val');
  const places = (horizon: number): number =>
    held.reduce((sum, { length }) => sum + Math.max(0, length - context - horizon + 1), 0);
  let horizon = wanted;
  while (horizon > 1 && places(horizon) < 2) horizon--;
  return horizon;
}

async function announceTime(world: World, frames: number): Promise<void> {
  const session = world.newSession(0, 0);
  const { rest } = world.manifest.actions;
  for (let i = 0; i < TIMED_STEPS; i++) await session.step(rest);
  const began = performance.now();
  for (let i = 0; i < TIMED_STEPS; i++) await session.step(rest);
  await session.settled();
  const seconds = ((performance.now() - began) / 1000 / TIMED_STEPS) * frames * OVERHEAD;
  process.stderr.write(
    `${frames} frames to imagine, about ${formatDuration(seconds)}; --suite quick takes less\n`,
  );
}

function defaultFolder(worlds: readonly string[]): string {
  return path.join('reports', worlds.map((folder) => path.basename(path.resolve(folder))).join('-vs-'));
}
