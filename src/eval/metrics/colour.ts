import { colourShift } from '../measures/colourShift.ts';
import { everyFrame, type Metric, ratioOfSums } from './metric.ts';

/** Mean over R, G and B of |mean of the imagined frame − mean of the filmed one|, in 8-bit levels, averaged. */
export const colourMetric: Metric = {
  id: 'colour',
  title: 'colour drift',
  unit: 'levels',
  question: 'drift',
  better: 'lower',
  answers: 'Does the picture as a whole run off into another brightness or tint?',
  fooledBy: 'It sees only means: opposite errors in two halves of the picture cancel.',
  againstTruth: true,
  points: everyFrame,
  observe: async ({ truth, imagined }) =>
    Float64Array.from(imagined.frames.flatMap((frame, t) => [colourShift(truth.frames[t]!, frame), 1])),
  estimate: ratioOfSums(),
};
