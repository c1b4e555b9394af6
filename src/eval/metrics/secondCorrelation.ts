import { MOTIONS } from '../../world/manifest.ts';
import { ALIGNED_MOTIONS } from '../motion/cameraFields.ts';
import { PAIR_SUMS, pairSums } from '../statistics/correlation.ts';
import { meanCorrelation } from './correlation.ts';
import { type Metric, sumRows } from './metric.ts';

/**
 * As `correlationMetric`, with the motion estimated by direct alignment of whole pictures (`alignedMotion`),
 * which shares no code with the labeller. It sees forward, yaw, pitch and roll.
 */
export const secondCorrelationMetric: Metric = {
  id: 'correlation-second-judge',
  title: 'motion correlation, second judge',
  unit: '',
  question: 'control',
  better: 'higher',
  answers: 'The same, seen by an estimator that shares nothing with the one that labelled the footage.',
  fooledBy: 'Sliding sideways looks like turning to it; the value on real footage shows how much it can see.',
  observe: async ({ driven }, laboratory) => {
    if (driven === undefined) return undefined;
    const seen = laboratory.aligned(driven);
    return Float64Array.from(
      ALIGNED_MOTIONS.flatMap((motion) => {
        const k = MOTIONS.indexOf(motion);
        return pairSums(seen.map((moved, t) => [driven.commanded[MOTIONS.length * t + k]!, moved[motion]]));
      }),
    );
  },
  estimate: (observations) => meanCorrelation(sumRows(observations, PAIR_SUMS * ALIGNED_MOTIONS.length)),
};
