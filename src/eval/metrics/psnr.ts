import { boundedPsnr } from '../measures/psnr.ts';
import { everyFrame, type Metric, ratioOfSums } from './metric.ts';

/**
 * Peak signal-to-noise ratio of each imagined frame against the one that was filmed, 10 log₁₀(255² / MSE) over the
 * three channels together, averaged over frames. Frames are compared at equal horizon under the true actions.
 */
export const psnrMetric: Metric = {
  id: 'psnr',
  title: 'PSNR',
  unit: 'dB',
  question: 'drift',
  better: 'higher',
  answers: 'How close is each imagined frame to the one that was filmed, pixel by pixel?',
  fooledBy: 'Blur and standing still, on calm footage: read it beside sharpness and motion.',
  againstTruth: true,
  points: everyFrame,
  observe: async ({ truth, imagined }) =>
    Float64Array.from(imagined.frames.flatMap((frame, t) => [boundedPsnr(truth.frames[t]!, frame), 1])),
  estimate: ratioOfSums(),
};
