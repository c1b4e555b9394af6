import { meanSquaredError } from '../measures/psnr.ts';
import type { Evidence, Sequence } from '../types.ts';
import { type Metric, ratioOfSums } from './metric.ts';

/** Mean squared error of rounding to 8 bits; a smaller one says nothing of the world. */
const ROUNDING = 1 / 12;

/**
 * The action-shuffle ratio: Σ error under another clip's actions / Σ error under the true actions.
 *
 * Both rollouts of a start share the start state and the seed (common random numbers), so nothing but the
 * actions differs. A world that ignores its actions scores exactly 1; above 1 it obeys them. Inspired by the
 * ΔPSNR controllability test of Genie, as a ratio so that footage of different contrast compares. Errors below
 * that of rounding to 8 bits count as it.
 */
export const actionShuffleMetric: Metric = {
  id: 'action-shuffle',
  title: 'action-shuffle ratio',
  unit: '',
  question: 'control',
  better: 'higher',
  answers: 'How much worse does it get with somebody else’s actions? 1 ignores the controls, above 1 obeys.',
  fooledBy: 'Clips whose actions are alike; a world that falls apart under unusual actions looks obedient.',
  observe: async ({ kind, truth, imagined, driven }: Evidence) =>
    kind !== 'world' || driven === undefined
      ? undefined
      : Float64Array.of(errorOf(truth, driven), errorOf(truth, imagined)),
  estimate: ratioOfSums(),
};

function errorOf(truth: Sequence, imagined: Sequence): number {
  const errors = imagined.frames.map((frame, t) => meanSquaredError(truth.frames[t]!, frame));
  return Math.max(ROUNDING, errors.reduce((a, b) => a + b, 0) / errors.length);
}
