import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { startProgress } from '../cli/progress.ts';
import type { HostArray } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { type Random, type RandomState, seededRandom } from '../random.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { OptimiserConfig } from './optimiser.ts';
import { compileStep, initialState, type Objective, type TrainState, type TrainStep } from './step.ts';

export type Batch = Readonly<Record<string, HostArray>>;

export type StageName = 'autoencoder' | 'dynamics' | 'fewStep';

/** One thing to train: what, on which batches, and how. */
export interface Stage {
  readonly name: StageName;
  readonly objective: Objective;
  readonly optimiser: OptimiserConfig & { readonly rate: number; readonly warmup: number };
  /** Parameters to start from; drawn anew when left out. */
  readonly initial?: ReadonlyMap<string, Float32Array>;
  /** Draws a batch; all of its randomness comes from `random`. */
  sample(random: Random): Promise<Batch>;
}

export interface LoopOptions {
  readonly run: string;
  readonly seed: number;
  /** Steps to train, or minutes, which are turned into steps by timing a few. */
  readonly budget: { readonly steps: number } | { readonly minutes: number };
  /** Stops after the present step and writes a checkpoint. */
  readonly signal: AbortSignal;
}

const CHECKPOINT_EVERY_MS = 30_000;
const LOG_EVERY_STEPS = 10;
const TRIAL_STEPS = 6;
const FEWEST_STEPS = 20;
const metricsLine = z.object({ stage: z.string(), step: z.number() });

/**
 * Trains one stage to its end, from its last checkpoint if there is one.
 *
 * Resuming gives bit-identical numbers: the batch, the noise and the rate of a step depend only on the
 * checkpoint. The next batch is drawn while the present step runs.
 *
 * @returns the trained state
 * @throws UserError when the loss is no longer a number, or when interrupted
 */
export async function trainStage(stage: Stage, options: LoopOptions): Promise<TrainState> {
  const { objective, optimiser } = stage;
  const path = join(options.run, `${stage.name}.safetensors`);
  const resumed = await readCheckpoint(path, objective);
  if (resumed && resumed.step >= resumed.total) return resumed.state;
  const step = await compileStep(objective, optimiser);
  try {
    const random = seededRandom(resumed?.random ?? options.seed);
    const state = resumed?.state ?? initialState(objective, optimiser, random, stage.initial);
    const total = resumed?.total ?? (await planSteps(stage, step, options));
    let saved = { step: resumed?.step ?? 0, random: random.state() };
    const save = async (done: number, drawn: RandomState): Promise<void> => {
      await writeCheckpoint(path, objective, { step: done, total, random: drawn, state });
      saved = { step: done, random: drawn };
    };
    if (!resumed) await save(0, random.state());
    const metrics = openMetrics(options.run, stage.name, saved.step);
    const progress = startProgress(`train ${stage.name}`, total, 'steps');
    let savedAt = Date.now();
    let mean = Number.NaN;
    let batch = await stage.sample(random);
    let drawn = random.state();
    for (let done = saved.step + 1; done <= total; done += 1) {
      const rate = rateAt(optimiser, done, total);
      const running = step.run(state, batch, rate, done);
      const upcoming = stage.sample(random);
      const { loss, norm } = await running;
      if (!Number.isFinite(loss) || !Number.isFinite(norm)) {
        progress.stop();
        throw new UserError(
          `the ${stage.name} loss is ${loss} at step ${done}`,
          `the checkpoint of step ${saved.step} is kept in ${path}; lower ${stage.name}.rate in the config`,
        );
      }
      mean = Number.isNaN(mean) ? loss : mean * 0.98 + loss * 0.02;
      if (done % LOG_EVERY_STEPS === 0 || done === total) metrics({ step: done, loss, norm, rate });
      progress.update(done, `loss ${mean.toFixed(4)}`);
      const stop = options.signal.aborted;
      if (stop || done === total || Date.now() - savedAt > CHECKPOINT_EVERY_MS) {
        await save(done, drawn);
        savedAt = Date.now();
      }
      batch = await upcoming;
      drawn = random.state();
      if (stop) {
        progress.stop();
        throw new UserError(
          `stopped at step ${done} of ${total} of the ${stage.name}`,
          'the same command goes on from there',
        );
      }
    }
    progress.stop(`loss ${mean.toFixed(4)}`);
    return state;
  } finally {
    await step.release();
  }
}

/** Linear warm-up, then half a cosine down to 5 % of the peak. */
export function rateAt(optimiser: { rate: number; warmup: number }, step: number, total: number): number {
  if (step <= optimiser.warmup) return (optimiser.rate * step) / optimiser.warmup;
  const way = (step - optimiser.warmup) / Math.max(1, total - optimiser.warmup);
  return optimiser.rate * (0.05 + 0.95 * 0.5 * (1 + Math.cos(Math.PI * way)));
}

/**
 * Turns a budget of minutes into steps by timing a few on a state of their own. The quickest counts: what else
 * the machine does at that moment only makes steps longer, and may soon be over.
 */
async function planSteps(stage: Stage, step: TrainStep, { budget, seed }: LoopOptions): Promise<number> {
  if ('steps' in budget) return budget.steps;
  const random = seededRandom(seed);
  const state = initialState(stage.objective, stage.optimiser, random, stage.initial);
  const batch = await stage.sample(random);
  let quickest = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < TRIAL_STEPS; trial += 1) {
    const start = performance.now();
    await step.run(state, batch, 0, 1);
    quickest = Math.min(quickest, performance.now() - start);
  }
  return Math.max(FEWEST_STEPS, Math.floor((budget.minutes * 60_000) / quickest));
}

/** Opens `metrics.jsonl`, without the lines that a resumed run will write again. */
function openMetrics(run: string, stage: string, step: number): (line: Record<string, number>) => void {
  const path = join(run, 'metrics.jsonl');
  if (existsSync(path)) {
    const kept = readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => isKept(line, stage, step));
    writeFileSync(path, kept.map((line) => `${line}\n`).join(''));
  }
  return (line) => appendFileSync(path, `${JSON.stringify({ stage, ...line })}\n`);
}

/** A line that was cut when the run was killed is dropped too. */
function isKept(line: string, stage: string, step: number): boolean {
  try {
    const logged = metricsLine.parse(JSON.parse(line));
    return logged.stage !== stage || logged.step <= step;
  } catch {
    return false;
  }
}
