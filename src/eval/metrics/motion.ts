import { change } from '../measures/change.ts';
import { everyFrame, type Metric, ratioOfSums } from './metric.ts';

/** Σ change of the imagined frames from the one before / Σ that of the filmed ones; mean |difference|. */
export const motionMetric: Metric = {
  id: 'motion',
  title: 'amount of motion',
  unit: '%',
  question: 'temporal',
  better: 'near 100 %',
  answers: 'Does as much happen in the picture as in front of the camera? 0 % is frozen.',
  fooledBy: 'Flicker, which is change too: far above 100 % is no better than below.',
  points: everyFrame,
  observe: async ({ truth, imagined }) =>
    Float64Array.from(
      imagined.frames.flatMap((frame, t) => [
        change(imagined.frames[t - 1] ?? imagined.before, frame),
        change(truth.frames[t - 1] ?? truth.before, truth.frames[t]!),
      ]),
    ),
  estimate: ratioOfSums(100),
};
