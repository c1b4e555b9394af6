import { MOTIONS } from '../../world/manifest.ts';
import { correlation, PAIR_SUMS, pairSums } from '../statistics/correlation.ts';
import { type Metric, sumRows } from './metric.ts';

const YAW = MOTIONS.indexOf('yaw');

/**
 * Pearson's correlation of commanded and seen turning alone, by the second judge (`alignedMotion`): of all dimensions
 * the one that a single camera measures best, since turning moves the picture however far things are.
 */
export const yawMetric: Metric = {
  id: 'yaw-correlation-second-judge',
  title: 'yaw correlation, second judge',
  unit: '',
  question: 'control',
  better: 'higher',
  answers: 'Does the picture turn when, and as much as, it is told to? 1 is perfect, 0 is chance.',
  fooledBy: 'A slide looks like a turn; a correlation does not see that all turns are too small.',
  observe: async ({ driven }, laboratory) =>
    driven &&
    Float64Array.from(
      pairSums(
        laboratory.aligned(driven).map(({ yaw }, t) => [driven.commanded[MOTIONS.length * t + YAW]!, yaw]),
      ),
    ),
  estimate: (observations) => correlation(sumRows(observations, PAIR_SUMS)),
};
