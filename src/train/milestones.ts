import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { tile } from '../data/pictures.ts';
import type { Device } from '../engine/index.ts';
import type { Stage } from './loop.ts';
import type { RunLog } from './runLog.ts';
import { compileLoss, type Loss, type TrainState } from './step.ts';

/** Looks at a stage from time to time, beside its training. */
export interface Milestones {
  /** Whether a step is one. */
  isOne(step: number): boolean;
  /** Measures the state of a step whose checkpoint has just been written, and keeps that checkpoint. */
  reach(step: number, state: TrainState): Promise<void>;
  /** The same for the step that a run goes on from, where it was killed before that was done. */
  catchUp(step: number, state: TrainState): Promise<void>;
  close(): Promise<void>;
}

/** Milestones of a stage; the last one is its end. */
const COUNT = 10;
/** Checkpoints of milestones that are kept, beside the last one and the best. */
const KEPT = 2;

/**
 * Milestones of a stage, ten of them: the loss on held-out batches under the averaged weights, a picture, and the
 * checkpoint, of which the latest and the best are kept (`<stage>.best.safetensors`, `checkpoints/`).
 *
 * @param checkpoint the stage's own, which is copied
 */
export function openMilestones(
  stage: Stage,
  { checkpoint, total, log, device }: { checkpoint: string; total: number; log: RunLog; device: Device },
): Milestones {
  const every = Math.max(1, Math.ceil(total / COUNT));
  const losses = log.lines.flatMap(({ heldOut }) => heldOut ?? []);
  let best = Math.min(...losses, Number.POSITIVE_INFINITY);
  let measure: Loss | undefined;
  const isOne = (step: number): boolean => step % every === 0 || step === total;
  const own: Milestones = {
    isOne,
    async catchUp(step, state) {
      if (step === 0 || !isOne(step)) return;
      if (!log.lines.some((line) => line.step === step && line.heldOut !== undefined))
        await own.reach(step, state);
    },
    async reach(step, state) {
      const batches = (await stage.heldOut?.()) ?? [];
      if (batches.length > 0) {
        measure ??= await compileLoss(stage.objective, { device });
        const heldOut = await measure.mean(state.ema, batches);
        log.write({ step, heldOut });
        if (heldOut < best) {
          best = heldOut;
          await copyWhole(checkpoint, checkpoint.replace(/\.safetensors$/, '.best.safetensors'));
        }
      }
      await keep(checkpoint, stage.name, step);
      const rows = await stage.preview?.(state.ema);
      if (rows) log.picture(step, tile(rows, 2));
    },
    async close() {
      await measure?.release();
    },
  };
  return own;
}

/** Copies a stage's checkpoint to `checkpoints/` and removes what is too many there. */
async function keep(checkpoint: string, stage: string, step: number): Promise<void> {
  const folder = join(dirname(checkpoint), 'checkpoints');
  await mkdir(folder, { recursive: true });
  await copyWhole(checkpoint, join(folder, `${stage}-${String(step).padStart(7, '0')}.safetensors`));
  const own = (await readdir(folder)).filter(
    (name) => name.startsWith(`${stage}-`) && name.endsWith('.safetensors'),
  );
  for (const name of own.toSorted().slice(0, -KEPT)) await rm(join(folder, name));
}

async function copyWhole(from: string, to: string): Promise<void> {
  const partial = join(dirname(to), `.${basename(to)}.partial`);
  await copyFile(from, partial);
  await rename(partial, to);
}
