import { PICTURE_FEATURES } from '../measures/pictureFeatures.ts';
import { frechetDistance, Moments } from '../statistics/gaussian.ts';
import { type Metric, sumRows } from './metric.ts';

/** Frames in a segment, and from one segment's beginning to the next one's. */
const SEGMENT = 10;
const STRIDE = 5;
const ROW = new Moments(PICTURE_FEATURES).sums.length;

/**
 * Fréchet distance of the imagined frames of a segment of the rollouts from all held-out footage, on 14 features
 * that need no trained network (see `pictureFeatures`), each in standard deviations of the footage. Segments of
 * 10 frames slide by 5, and the worst one counts: a collapse in the middle is not averaged away.
 *
 * The formula is that of FID (M. Heusel et al., "GANs Trained by a Two Time-Scale Update Rule Converge to a
 * Local Nash Equilibrium", NeurIPS 2017) without its network; the values do not compare with published FIDs.
 */
export const frechetMetric: Metric = {
  id: 'frechet',
  title: 'Fréchet distance, worst segment',
  unit: '',
  question: 'drift',
  better: 'lower',
  answers: 'Do the pictures look like the footage as a whole, wherever they ought to be by now?',
  fooledBy:
    'Repeating what the footage shows, whatever was asked; few clips give a bias, so read it beside the real one.',
  points: (horizon) => segments(horizon).map((from) => from + SEGMENT / 2),
  observe: async ({ imagined }, { footage }) => {
    const features = imagined.frames.map((frame) => footage.features(frame));
    const rows = segments(features.length).map((from) => {
      const moments = new Moments(PICTURE_FEATURES);
      for (const vector of features.slice(from, from + SEGMENT)) moments.add(vector);
      return moments.sums;
    });
    return Float64Array.from(rows.flatMap((row) => Array.from(row)));
  },
  estimate(observations, { footage }, point) {
    const count = observations[0]!.length / ROW;
    const points = point === undefined ? Array.from({ length: count }, (_, i) => i) : [point];
    const distances = points.map((segment) => {
      const moments = new Moments(PICTURE_FEATURES, sumRows(observations, ROW, segment));
      return moments.count < 2 ? 0 : frechetDistance(footage.distribution, moments.gaussian());
    });
    return Math.max(...distances);
  },
};

function segments(horizon: number): number[] {
  const last = Math.max(0, horizon - SEGMENT);
  return Array.from({ length: Math.floor(last / STRIDE) + 1 }, (_, i) => i * STRIDE);
}
