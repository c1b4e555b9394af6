import { MOTIONS } from '../../world/manifest.ts';
import { correlation, PAIR_SUMS, pairSums } from '../statistics/correlation.ts';
import { type Metric, sumRows } from './metric.ts';

/**
 * Pearson's correlation of commanded and estimated motion over all frames, averaged over the dimensions that
 * were commanded; motion estimated by the labeller of the footage. A world is measured under actions of another
 * clip, so that going on as before earns nothing.
 */
export const correlationMetric: Metric = {
  id: 'correlation',
  title: 'motion correlation, labeller',
  unit: '',
  question: 'control',
  better: 'higher',
  answers: 'Does the camera in the picture move as commanded, frame by frame? 1 is perfect, 0 is chance.',
  fooledBy: 'Its judge made the labels, so their common errors agree: the second judge stands beside it.',
  observe: async ({ driven }, laboratory) => {
    if (driven === undefined) return undefined;
    const seen = await laboratory.labelled(driven);
    const width = MOTIONS.length;
    return Float64Array.from(
      MOTIONS.flatMap((_, k) =>
        pairSums(driven.frames.map((_, t) => [driven.commanded[width * t + k]!, seen[width * t + k]!])),
      ),
    );
  },
  estimate: (observations) => meanCorrelation(sumRows(observations, PAIR_SUMS * MOTIONS.length)),
};

/**
 * The mean over several dimensions of the correlation in each; dimensions that were never commanded are left out.
 *
 * @param sums `pairSums` of each dimension, one after the other
 */
export function meanCorrelation(sums: Float64Array): number | undefined {
  const values: number[] = [];
  for (let at = 0; at < sums.length; at += PAIR_SUMS) {
    const value = correlation(sums.subarray(at, at + PAIR_SUMS));
    if (value !== undefined) values.push(value);
  }
  return values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length;
}
