import { sharpness } from '../measures/sharpness.ts';
import { everyFrame, type Metric, ratioOfSums } from './metric.ts';

/** Σ mean gradient magnitude of the imagined frames / Σ the filmed ones', at the same horizons. */
export const sharpnessMetric: Metric = {
  id: 'sharpness',
  title: 'sharpness',
  unit: '%',
  question: 'drift',
  better: 'near 100 %',
  answers: 'Does the picture keep its detail? Below 100 % is blur.',
  fooledBy: 'Noise and false texture, which count as detail: far above 100 % is no better than below.',
  points: everyFrame,
  observe: async ({ truth, imagined }) =>
    Float64Array.from(imagined.frames.flatMap((frame, t) => [sharpness(frame), sharpness(truth.frames[t]!)])),
  estimate: ratioOfSums(100),
};
