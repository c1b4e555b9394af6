import type { Frame } from '../../world/types.ts';
import { type Metric, ratioOfSums } from './metric.ts';

/** Frames in which a world may come to rest. */
const SETTLING = 2;

/**
 * Flicker on still input: told to stand still, the mean |second difference| of a pixel over time, halved, in
 * 8-bit levels. Slow drift has none; brightness that alternates counts with its full swing.
 */
export const flickerMetric: Metric = {
  id: 'flicker',
  title: 'flicker, standing still',
  unit: 'levels',
  question: 'temporal',
  better: 'lower',
  answers: 'When nothing is pressed, does the picture rest?',
  fooledBy:
    'A world that stops painting anything: freeze rate and motion under true actions stand beside it.',
  observe: async ({ still }) => {
    if (still === undefined) return undefined;
    const frames = [still.before, ...still.frames].slice(SETTLING);
    return Float64Array.from(
      frames.slice(2).flatMap((frame, t) => [secondDifference(frames[t]!, frames[t + 1]!, frame), 1]),
    );
  },
  estimate: ratioOfSums(),
};

function secondDifference(a: Frame, b: Frame, c: Frame): number {
  let sum = 0;
  for (let i = 0; i < b.rgb.length; i++) sum += Math.abs(a.rgb[i]! - 2 * b.rgb[i]! + c.rgb[i]!);
  return sum / (2 * b.rgb.length);
}
