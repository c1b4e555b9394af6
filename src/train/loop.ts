import { join } from 'node:path';
import { startProgress } from '../cli/progress.ts';
import type { Device, Precision } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { type Random, type RandomState, seededRandom } from '../random.ts';
import type { Frame } from '../world/types.ts';
import { readCheckpoint, writeCheckpoint } from './checkpoint.ts';
import type { StageStatus } from './live/page.ts';
import { type Milestones, openMilestones } from './milestones.ts';
import type { OptimiserConfig } from './optimiser/index.ts';
import { rateAt, type Schedule } from './optimiser/schedule.ts';
import type { Communicator } from './parallel/mpi.ts';
import { compileParallelStep } from './parallel/step.ts';
import { openLog, type RunLog } from './runLog.ts';
import {
  type Batch,
  compileStep,
  initialState,
  type Objective,
  type TrainState,
  type TrainStep,
} from './step.ts';
import { watchLoss } from './watchLoss.ts';
import type { Window } from './windows.ts';

export const STAGES = ['autoencoder', 'dynamics', 'fewStep', 'reprojection'] as const;
export type StageName = (typeof STAGES)[number];

/** One thing to train: what, on which batches, and how. */
export interface Stage {
  readonly name: StageName;
  readonly objective: Objective;
  readonly optimiser: OptimiserConfig &
    Schedule & {
      /** Batches whose mean gradient makes one step; 1 when left out. */
      readonly accumulate?: number | undefined;
    };
  /** Parameters to start from; drawn anew when left out. */
  readonly initial?: ReadonlyMap<string, Float32Array>;
  /** Draws a batch; all of its randomness comes from `random`. */
  sample(random: Random): Promise<Drawn>;
  /** A few batches of held-out footage, always the same. */
  heldOut?(): Promise<readonly Batch[]>;
  /** Rows of pictures that show what the model can, by its averaged weights. */
  preview?(ema: ReadonlyMap<string, Float32Array>): Promise<readonly (readonly Frame[])[]>;
}

/** A batch, and the footage that it was made from. */
export interface Drawn {
  readonly batch: Batch;
  readonly windows: readonly Window[];
}

export interface LoopOptions {
  readonly run: string;
  readonly seed: number;
  /** Steps to train, or minutes, which are turned into steps by timing a few. */
  readonly budget: { readonly steps: number } | { readonly minutes: number };
  /** Where to train; the CPU when left out. */
  readonly device?: Device;
  /** What products are computed in; float32 when left out. */
  readonly precision?: Precision;
  /** Stops after the present step and writes a checkpoint. */
  readonly signal: AbortSignal;
  /** Told how far the stage is, after every step. */
  readonly watch?: (status: StageStatus) => void;
  /** The processes that train together; the first of them alone writes and shows anything. */
  readonly communicator?: Communicator | undefined;
}

const CHECKPOINT_EVERY_MS = 30_000;
const LOG_EVERY_STEPS = 10;
const TRIAL_STEPS = 6;
const FEWEST_STEPS = 20;

/**
 * Trains one stage to its end, from its last checkpoint if there is one.
 *
 * Resuming gives bit-identical numbers: the batch, the noise and the rate of a step depend only on the
 * checkpoint. The next batch is drawn while the present step runs.
 *
 * @returns the trained state
 * @throws UserError when the loss is no longer a number or runs away, or when interrupted
 */
export async function trainStage(stage: Stage, options: LoopOptions): Promise<TrainState> {
  const { objective, optimiser } = stage;
  const path = join(options.run, `${stage.name}.safetensors`);
  const resumed = await readCheckpoint(path, objective);
  if (resumed && resumed.step >= resumed.total) return resumed.state;
  const { communicator } = options;
  const leads = communicator === undefined || communicator.rank === 0;
  // Nobody may write before all have read.
  communicator?.barrier();
  const accumulate = optimiser.accumulate ?? 1;
  const step = communicator
    ? await compileParallelStep(objective, optimiser, communicator, accumulate)
    : await compileStep(objective, optimiser, {
        device: options.device ?? 'cpu',
        precision: options.precision ?? 'float32',
        accumulate,
      });
  let log: RunLog | undefined;
  let milestones: Milestones | undefined;
  try {
    const random = seededRandom(resumed?.random ?? options.seed);
    const state = resumed?.state ?? initialState(objective, optimiser, random, stage.initial);
    const total = resumed?.total ?? (await planSteps(stage, step, options));
    let saved = resumed?.step ?? 0;
    const save = async (done: number, drawn: RandomState): Promise<void> => {
      if (!leads) return;
      await step.read();
      await writeCheckpoint(path, objective, { step: done, total, random: drawn, state });
      saved = done;
    };
    await step.load(state);
    if (!resumed) await save(0, random.state());
    if (leads) {
      log = openLog(options.run, stage.name, saved);
      milestones = openMilestones(stage, { checkpoint: path, total, log, device: options.device ?? 'cpu' });
      if (resumed) await milestones.catchUp(saved, state);
    }
    const progress = leads
      ? startProgress(`train ${stage.name} (${step.where})`, total, 'steps')
      : { update() {}, stop() {} };
    let savedAt = Date.now();
    const watch = watchLoss();
    let began = performance.now();
    let batches = await draw(stage, random);
    let drawn = random.state();
    for (let done = saved + 1; done <= total; done += 1) {
      const rate = rateAt(optimiser, done, total);
      const present = batches.map(({ batch }) => batch);
      const running = step.run(present, rate, done);
      const upcoming = draw(stage, random);
      const { loss, norm, skipped = false } = await running;
      const trouble = skipped
        ? undefined
        : Number.isFinite(norm)
          ? watch.trouble(loss)
          : `is ${loss}, its gradient ${norm},`;
      if (trouble) {
        progress.stop();
        throw new UserError(
          `the ${stage.name} loss ${trouble} at step ${done}, on ${placesOf(batches)}`,
          `the checkpoint of step ${saved} is kept in ${path}; lower ${stage.name}.rate in the config`,
        );
      }
      if (!skipped && (done % LOG_EVERY_STEPS === 0 || done === total))
        log?.write({ step: done, loss, norm, rate });
      const msPerStep = performance.now() - began;
      began = performance.now();
      const mean = watch.mean();
      progress.update(
        done,
        `loss ${mean.toFixed(4)} · ${msPerStep.toFixed(0)} ms a step · ${residentMemory()}`,
      );
      options.watch?.({ stage: stage.name, step: done, total, loss: mean, msPerStep });
      const stop = communicator?.any(options.signal.aborted) ?? options.signal.aborted;
      const milestone = milestones?.isOne(done) ?? false;
      if (stop || milestone || Date.now() - savedAt > CHECKPOINT_EVERY_MS) {
        await save(done, drawn);
        savedAt = Date.now();
      }
      if (milestone) await milestones?.reach(done, state);
      batches = await upcoming;
      drawn = random.state();
      if (stop) {
        progress.stop();
        throw new UserError(
          `stopped at step ${done} of ${total} of the ${stage.name}`,
          'the same command goes on from there',
        );
      }
    }
    progress.stop(`loss ${watch.mean().toFixed(4)}`);
    return state;
  } finally {
    log?.close();
    await milestones?.close();
    await step.release();
  }
}

/** The batches of one step, one after the other so that their randomness does not depend on timing. */
async function draw({ optimiser, sample }: Stage, random: Random): Promise<Drawn[]> {
  const batches: Drawn[] = [];
  while (batches.length < (optimiser.accumulate ?? 1)) batches.push(await sample(random));
  return batches;
}

/**
 * Turns a budget of minutes into steps by timing a few on a state of their own. The quickest counts: what else
 * the machine does at that moment only makes steps longer, and may soon be over.
 */
async function planSteps(
  stage: Stage,
  step: TrainStep,
  { budget, seed, communicator }: LoopOptions,
): Promise<number> {
  if ('steps' in budget) return budget.steps;
  const random = seededRandom(seed);
  const state = initialState(stage.objective, stage.optimiser, random, stage.initial);
  const batches = await draw(stage, random);
  await step.load(state);
  let quickest = Number.POSITIVE_INFINITY;
  for (let trial = 0; trial < TRIAL_STEPS; trial += 1) {
    const start = performance.now();
    await step.run(
      batches.map(({ batch }) => batch),
      0,
      1,
    );
    quickest = Math.min(quickest, performance.now() - start);
  }
  const planned = Math.max(FEWEST_STEPS, Math.floor((budget.minutes * 60_000) / quickest));
  // All processes take the plan of the first.
  const agreed = Float32Array.of(communicator && communicator.rank > 0 ? 0 : planned);
  communicator?.sum(agreed);
  return agreed[0]!;
}

/** The footage of some batches, as a person finds it. */
function placesOf(batches: readonly Drawn[]): string {
  return batches
    .flatMap(({ windows }) => windows)
    .map(({ episode, start }) => `${episode.source} (episode ${episode.index}) from frame ${start}`)
    .join(', ');
}

function residentMemory(): string {
  return `${(process.memoryUsage.rss() / 2 ** 30).toFixed(1)} GiB`;
}
