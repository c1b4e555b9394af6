import { ssim } from '../measures/ssim.ts';
import { everyFrame, type Metric, ratioOfSums } from './metric.ts';

/** Structural similarity of each imagined frame with the one that was filmed (Wang et al., 2004), averaged. */
export const ssimMetric: Metric = {
  id: 'ssim',
  title: 'SSIM',
  unit: '',
  question: 'drift',
  better: 'higher',
  answers: 'Are edges and contrast where they were filmed? 1 is equal.',
  fooledBy:
    'Large flat areas, which agree by themselves; slightly misplaced edges cost as much as missing ones.',
  againstTruth: true,
  points: everyFrame,
  observe: async ({ truth, imagined }) =>
    Float64Array.from(imagined.frames.flatMap((frame, t) => [ssim(truth.frames[t]!, frame), 1])),
  estimate: ratioOfSums(),
};
