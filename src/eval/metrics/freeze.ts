import { change } from '../measures/change.ts';
import { everyFrame, type Metric, ratioOfSums } from './metric.ts';

/** Footage moves from this many levels of change on. */
const MOVES = 1;
/** A frame is frozen below this share of the change that was filmed. */
const FROZEN = 0.1;

/**
 * Freeze rate: the share of frames that change by less than a tenth of what the filmed ones change by (mean
 * |difference| from the frame before), among those where the footage moves by at least one 8-bit level.
 */
export const freezeMetric: Metric = {
  id: 'freeze',
  title: 'freeze rate',
  unit: '%',
  question: 'temporal',
  better: 'lower',
  answers: 'How often does the picture stand still while the camera drove on?',
  fooledBy: 'Noise and flicker, which are change without motion.',
  againstTruth: true,
  points: everyFrame,
  observe: async ({ truth, imagined }) =>
    Float64Array.from(
      imagined.frames.flatMap((frame, t) => {
        const filmed = change(truth.frames[t - 1] ?? truth.before, truth.frames[t]!);
        if (filmed < MOVES) return [0, 0];
        const shown = change(imagined.frames[t - 1] ?? imagined.before, frame);
        return [shown < FROZEN * filmed ? 1 : 0, 1];
      }),
    ),
  estimate: ratioOfSums(100),
};
