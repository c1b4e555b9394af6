import { MOTIONS } from '../../world/manifest.ts';
import { ALIGNED_MOTIONS } from '../motion/cameraFields.ts';
import { PAIR_SUMS, pairSums } from '../statistics/correlation.ts';
import { meanCorrelation } from './correlation.ts';
import { type Metric, sumRows } from './metric.ts';

const LONGEST = 8;
const ROW = PAIR_SUMS * ALIGNED_MOTIONS.length;
/** Below this correlation nothing answers the commands, and a delay means nothing. */
const ANSWERS = 0.2;

/**
 * The lag, 0 … 7 frames, at which commanded and estimated motion correlate best; the motion by the second judge.
 * Between whole frames the peak is placed by a parabola. Undefined where no lag reaches a correlation of 0.2.
 */
export const delayMetric: Metric = {
  id: 'delay',
  title: 'response delay',
  unit: 'frames',
  question: 'control',
  better: 'lower',
  answers: 'How many frames pass before a command shows in the picture? 0 is at once.',
  fooledBy:
    'Commands that hardly change cannot be told from delayed ones; the footage’s own smoothing adds a part.',
  observe: async ({ driven }, laboratory) => {
    if (driven === undefined || driven.frames.length <= 2 * LONGEST) return undefined;
    const seen = laboratory.aligned(driven);
    const rows: number[] = [];
    for (let lag = 0; lag <= LONGEST; lag++) {
      for (const motion of ALIGNED_MOTIONS) {
        const k = MOTIONS.indexOf(motion);
        // All lags look at the same answers, so that none has the easier frames.
        const answers = seen.slice(LONGEST);
        rows.push(
          ...pairSums(
            answers.map((moved, i) => [
              driven.commanded[MOTIONS.length * (i + LONGEST - lag) + k]!,
              moved[motion],
            ]),
          ),
        );
      }
    }
    return Float64Array.from(rows);
  },
  estimate(observations) {
    const values = Array.from(
      { length: LONGEST + 1 },
      (_, lag) => meanCorrelation(sumRows(observations, ROW, lag)) ?? 0,
    );
    const best = values.indexOf(Math.max(...values));
    // At the last lag the correlation is still rising: its peak is elsewhere, or nowhere.
    if (values[best]! < ANSWERS || best === LONGEST) return undefined;
    const [before, after] = [values[best - 1], values[best + 1]];
    if (before === undefined || after === undefined) return best;
    const curvature = before - 2 * values[best]! + after;
    return curvature < 0 ? best + (before - after) / (2 * curvature) : best;
  },
};
