import { heldKeys, NO_KEYS } from '../../data/index.ts';
import { MOTIONS } from '../../world/manifest.ts';
import { inCommandedDimensions } from '../motion/labeller.ts';
import { type Metric, sumRows } from './metric.ts';

/** The classes, in the order of the contributions: each key, and that none is held. */
const CLASSES = ['W', 'S', 'A', 'D', 'ArrowLeft', 'ArrowRight', 'ArrowUp', 'ArrowDown', NO_KEYS] as const;
const COUNTS = 3;

/**
 * Per-key macro-F1: the keys that the commanded motion stands for (those that labelling writes beside it) against
 * the keys that the labeller reads from the pictures. F1 = 2 TP / (2 TP + FP + FN) for each key, and their
 * unweighted mean over the keys that were commanded at all (C. J. van Rijsbergen, "Information Retrieval", 1979;
 * per-key use as in world-model benchmarks with keyboard actions).
 */
export const keysMetric: Metric = {
  id: 'key-f1',
  title: 'keys obeyed, macro-F1',
  unit: '',
  question: 'control',
  better: 'higher',
  answers: 'Is each key, pressed or not, recognisable from what the picture does? 1 is always.',
  fooledBy:
    'Keys that are nearly always down score high by themselves; compare with the value on real footage.',
  observe: async ({ driven }, laboratory) => {
    if (driven === undefined) return undefined;
    const commanded = keysOf(driven.commanded, laboratory.units);
    const seen = keysOf(
      inCommandedDimensions(await laboratory.labelled(driven), driven.commanded),
      laboratory.units,
    );
    const counts = new Float64Array(COUNTS * CLASSES.length);
    for (const [t, wanted] of commanded.entries()) {
      for (const [k, key] of CLASSES.entries()) {
        const [asked, given] = [wanted.includes(key), seen[t]!.includes(key)];
        if (asked && given) counts[COUNTS * k]! += 1;
        if (!asked && given) counts[COUNTS * k + 1]! += 1;
        if (asked && !given) counts[COUNTS * k + 2]! += 1;
      }
    }
    return counts;
  },
  estimate(observations) {
    const counts = sumRows(observations, COUNTS * CLASSES.length);
    const scores: number[] = [];
    for (let at = 0; at < counts.length; at += COUNTS) {
      const [right, wrong, missed] = [counts[at]!, counts[at + 1]!, counts[at + 2]!];
      if (right + missed > 0) scores.push((2 * right) / (2 * right + wrong + missed));
    }
    return scores.length === 0 ? undefined : scores.reduce((a, b) => a + b, 0) / scores.length;
  },
};

function keysOf(displacement: Float64Array, units: readonly number[]): string[][] {
  const normalised = displacement.map((value, i) => value / units[i % MOTIONS.length]!);
  return heldKeys(normalised).map((keys) => keys.split('+'));
}
