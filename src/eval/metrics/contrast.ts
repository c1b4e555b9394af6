import type { Frame } from '../../world/types.ts';
import { luma } from '../measures/luma.ts';
import { everyFrame, type Metric, ratioOfSums } from './metric.ts';

/** Σ standard deviation of the imagined frames' luma / Σ the filmed ones', at the same horizons. */
export const contrastMetric: Metric = {
  id: 'contrast',
  title: 'contrast',
  unit: '%',
  question: 'drift',
  better: 'near 100 %',
  answers: 'Do dark and bright stay apart, or does the picture fade or burn out?',
  fooledBy: 'A picture of quite another place with as much black and white in it.',
  points: everyFrame,
  observe: async ({ truth, imagined }) =>
    Float64Array.from(imagined.frames.flatMap((frame, t) => [deviation(frame), deviation(truth.frames[t]!)])),
  estimate: ratioOfSums(100),
};

function deviation(frame: Frame): number {
  const grey = luma(frame);
  let sum = 0;
  let squares = 0;
  for (const level of grey) {
    sum += level;
    squares += level * level;
  }
  return Math.sqrt(Math.max(0, squares / grey.length - (sum / grey.length) ** 2));
}
