import { type Metric, ratioOfSums } from './metric.ts';

/** Frames in a row that must look like no footage before it counts as a collapse. */
const LASTING = 5;

/**
 * How long rollouts last: the mean number of frames before the picture leaves the range of the footage for at
 * least 5 frames in a row; rollouts that never do count with their whole length (a restricted mean survival
 * time: P. Royston, M. K. B. Parmar, BMC Medical Research Methodology 13, 2013). Outside is where the features of
 * `pictureFeatures` are farther out than twice the squared distance that holds 99.5 % of real frames.
 */
export const collapseMetric: Metric = {
  id: 'collapse',
  title: 'frames before collapse',
  unit: 'frames',
  question: 'drift',
  better: 'higher',
  answers: 'How long does the picture stay within what the footage looks like?',
  fooledBy: 'A world that freezes on a good picture never collapses; it cannot exceed the horizon asked for.',
  observe: async ({ imagined }, { footage }) => {
    let outside = 0;
    for (const [t, frame] of imagined.frames.entries()) {
      outside = footage.isOutside(frame) ? outside + 1 : 0;
      if (outside === LASTING) return Float64Array.of(t + 1 - LASTING, 1);
    }
    return Float64Array.of(imagined.frames.length, 1);
  },
  estimate: ratioOfSums(),
};
