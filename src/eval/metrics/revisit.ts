import { change } from '../measures/change.ts';
import { boundedPsnr } from '../measures/psnr.ts';
import { type Metric, ratioOfSums } from './metric.ts';

/** The least change, in levels, of the real context before going back through it tells anything. */
const MOVED = 4;
/** The least share of that change that the rollout must show. */
const SHARE = 0.25;

/**
 * Real-context revisit: the world is shown W real frames and then told to go back the way they came, so that
 * frame j of the rollout should show context frame W − 2 − j. Given is the mean PSNR with those real frames
 * minus the PSNR that standing still would get. Only contexts in which the camera moved count, and only
 * rollouts that move too.
 */
export const revisitMetric: Metric = {
  id: 'revisit',
  title: 'revisit of the real context, gain',
  unit: 'dB',
  question: 'memory',
  better: 'higher',
  answers: 'Sent back the way it came, does it show what the camera really saw? 0 dB equals standing still.',
  fooledBy: 'Blur gains a little over standing still; footage that never backs up makes it a hard task.',
  observe: async ({ start, truth, revisit }) => {
    if (revisit === undefined) return undefined;
    const present = truth.before;
    const past = revisit.frames.map((_, j) => start.context.at(-2 - j)!);
    const moved = past.map((frame) => change(present, frame));
    const shown = revisit.frames.map((frame) => change(revisit.before, frame));
    const total = sum(moved);
    if (total < MOVED * moved.length || sum(shown) < SHARE * total) return undefined;
    return Float64Array.from(
      revisit.frames.flatMap((frame, j) => [
        boundedPsnr(past[j]!, frame) - boundedPsnr(past[j]!, present),
        1,
      ]),
    );
  },
  estimate: ratioOfSums(),
};

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
