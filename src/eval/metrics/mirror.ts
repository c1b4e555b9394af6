import { boundedPsnr } from '../measures/psnr.ts';
import { type Metric, ratioOfSums } from './metric.ts';

/** The least share of the commanded turn that must be seen before a rollout tells anything about memory. */
export const TURNED = 0.5;

/**
 * Mirror test: a turn of N frames and the same turn back. Frames are the state after an action, so frame N + j
 * (from 0) must show what frame N − 2 − j showed, and the last one the start. Given is the mean PSNR of the
 * later half of the way back with its mirror frame, minus that with the turning point: 0 dB is no memory.
 *
 * Only rollouts count in which the second judge saw at least half of the commanded turn, since a world that
 * stands still returns perfectly. Pairs as in the memory tests of World models with camera control (WorldMem,
 * Z. Xiao et al., 2025), here with the off-by-one settled.
 */
export const mirrorMetric: Metric = {
  id: 'mirror',
  title: 'mirror test, gain',
  unit: 'dB',
  question: 'memory',
  better: 'higher',
  answers: 'Turn away and back: is what you see again what you saw? 0 dB is no memory.',
  fooledBy: 'Scenes that look alike all around; turns too short to leave the frame or the context window.',
  observe: async ({ mirror }, laboratory) => {
    if (mirror === undefined) return undefined;
    const turn = mirror.frames.length / 2;
    if (laboratory.turnedShare(mirror, turn) < TURNED) return undefined;
    const rows: number[] = [];
    for (let j = Math.floor(turn / 2); j < turn; j++) {
      const frame = mirror.frames[turn + j]!;
      const mirrored = mirror.frames[turn - 2 - j] ?? mirror.before;
      rows.push(boundedPsnr(mirrored, frame) - boundedPsnr(mirror.frames[turn - 1]!, frame), 1);
    }
    return Float64Array.from(rows);
  },
  estimate: ratioOfSums(),
};
