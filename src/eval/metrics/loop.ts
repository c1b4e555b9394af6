import type { Frame } from '../../world/types.ts';
import { boundedPsnr } from '../measures/psnr.ts';
import { type Metric, ratioOfSums } from './metric.ts';
import { TURNED } from './mirror.ts';

/** Share of the turn around its end, and around its middle, in which the best frame is looked for. */
const NEAR = 0.1;

/**
 * Full-turn loop: the camera turns once around. The best PSNR with the start among the last frames, minus the
 * best among as many frames half-way round, where the camera looks the other way: 0 dB is no memory. Searching
 * near the end forgives a turn rate that is slightly off. Only rollouts count in which the second judge saw at
 * least half of the turn.
 */
export const loopMetric: Metric = {
  id: 'loop',
  title: 'full-turn loop, gain',
  unit: 'dB',
  question: 'memory',
  better: 'higher',
  answers: 'Turn once around: are you back where you began? 0 dB is no memory.',
  fooledBy:
    'Rooms that look alike on opposite sides; a picture that has collapsed to one view gives about 0.',
  observe: async ({ loop }, laboratory) => {
    if (loop === undefined || laboratory.turnedShare(loop, loop.frames.length) < TURNED) return undefined;
    const turn = loop.frames.length;
    const near = Math.max(1, Math.round(NEAR * turn));
    const middle = Math.round(turn / 2);
    const end = best(loop.before, loop.frames.slice(-2 * near));
    const opposite = best(loop.before, loop.frames.slice(middle - near, middle + near));
    return Float64Array.of(end - opposite, 1);
  },
  estimate: ratioOfSums(),
};

function best(start: Frame, frames: readonly Frame[]): number {
  return Math.max(...frames.map((frame) => boundedPsnr(start, frame)));
}
