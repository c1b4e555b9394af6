import { heldKeys, NO_KEYS } from '../../data/index.ts';
import { MOTIONS } from '../../world/manifest.ts';
import { ALIGNED_MOTIONS } from '../motion/cameraFields.ts';
import { inCommandedDimensions } from '../motion/labeller.ts';
import { type Metric, type Observation, sumRows } from './metric.ts';

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
    return keyCounts(driven.commanded, await laboratory.labelled(driven), laboratory.units);
  },
  estimate: macroF1,
};

/**
 * As `keysMetric`, with the motion estimated by direct alignment of whole pictures (`alignedMotion`), and the keys
 * of the dimensions that this sees: forward, yaw, pitch and roll.
 */
export const secondKeysMetric: Metric = {
  id: 'key-f1-second-judge',
  title: 'keys obeyed, second judge',
  unit: '',
  question: 'control',
  better: 'higher',
  answers: 'The same, by an estimator that shares nothing with the one that labelled the footage.',
  fooledBy:
    'As above; it takes a slide for a turn, and its value on real footage shows how much it can tell.',
  observe: async ({ driven }, laboratory) => {
    if (driven === undefined) return undefined;
    const known = (values: Float64Array): Float64Array =>
      values.map((value, i) => (ALIGNED.has(MOTIONS[i % MOTIONS.length]!) ? value : 0));
    const seen = new Float64Array(driven.commanded.length);
    for (const [t, motion] of laboratory.aligned(driven).entries()) {
      for (const name of ALIGNED_MOTIONS) seen[t * MOTIONS.length + MOTIONS.indexOf(name)] = motion[name];
    }
    return keyCounts(known(driven.commanded), seen, laboratory.units);
  },
  estimate: macroF1,
};

const ALIGNED: ReadonlySet<string> = new Set(ALIGNED_MOTIONS);

/** How often each class was rightly, wrongly and not seen. */
function keyCounts(commanded: Float64Array, seen: Float64Array, units: readonly number[]): Float64Array {
  const wanted = keysOf(commanded, units);
  const found = keysOf(inCommandedDimensions(seen, commanded), units);
  const counts = new Float64Array(COUNTS * CLASSES.length);
  for (const [t, keys] of wanted.entries()) {
    for (const [k, key] of CLASSES.entries()) {
      const [asked, given] = [keys.includes(key), found[t]!.includes(key)];
      if (asked && given) counts[COUNTS * k]! += 1;
      if (!asked && given) counts[COUNTS * k + 1]! += 1;
      if (asked && !given) counts[COUNTS * k + 2]! += 1;
    }
  }
  return counts;
}

function macroF1(observations: readonly Observation[]): number | undefined {
  const counts = sumRows(observations, COUNTS * CLASSES.length);
  const scores: number[] = [];
  for (let at = 0; at < counts.length; at += COUNTS) {
    const [right, wrong, missed] = [counts[at]!, counts[at + 1]!, counts[at + 2]!];
    if (right + missed > 0) scores.push((2 * right) / (2 * right + wrong + missed));
  }
  return scores.length === 0 ? undefined : scores.reduce((a, b) => a + b, 0) / scores.length;
}

function keysOf(displacement: Float64Array, units: readonly number[]): string[][] {
  const normalised = displacement.map((value, i) => value / units[i % MOTIONS.length]!);
  return heldKeys(normalised).map((keys) => keys.split('+'));
}
