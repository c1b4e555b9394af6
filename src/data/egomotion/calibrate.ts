import { median } from '../statistics.ts';
import type { Camera } from './camera.ts';
import { fitMotion, type MotionFit } from './fitMotion.ts';
import { lensOf } from './lens.ts';
import { motionField } from './motionField.ts';
import { canonicalNearness, type FittedField, learnNearness, type NearnessMap } from './nearnessMap.ts';
import type { Tracks } from './tracker.ts';

/** A field of view in degrees and the curve of `Lens`. */
interface LensGuess {
  readonly fieldOfView: number;
  readonly curve: number;
}

const GUESSES: readonly LensGuess[] = [
  ...[45, 55, 67, 80, 95, 110].map((fieldOfView) => ({ fieldOfView, curve: 1 })),
  ...[100, 125].map((fieldOfView) => ({ fieldOfView, curve: 0.5 })),
  ...[85, 100, 115, 130, 145, 160].map((fieldOfView) => ({ fieldOfView, curve: 0 })),
];
/** Factors of the field of view that are tried around the best so far, wide steps first. */
const FINER = [
  [0.93, 1.07],
  [0.97, 1.03],
];
/** Times that the nearness map is learned anew before lenses are compared, and for the lens that is chosen. */
const ROUNDS = 3;
const FINAL_ROUNDS = 5;
/** The map is learned from every third pair, which is enough for 48 cells. */
const LEARN_EVERY = 3;
/** Without evidence a camera has a plain lens of this field of view (a phone or a dash-cam). */
const USUAL_FIELD_OF_VIEW = 75;
/** Fewer pairs than this tell nothing. */
const FEWEST_PAIRS = 10;
const UNUSUAL_COST = 0.1;
/** A pair speaks for or against a lens by at most this much: no lens is chosen by the pairs that none explains. */
const LOUDEST = 1;
/** No pinhole sees wider than this. */
const WIDEST_PINHOLE = 130;

/**
 * Finds the lens under which the tracked points agree best with a moving camera, together with where near
 * things are in its picture. Turning tells the focal length, since the pictures of far points must all turn by
 * the same angle (self-calibration from rotation: Hartley, 1994); lenses are compared by the likelihood of
 * `fitMotion`, pair by pair, since pairs differ far more from one another than lenses do on one pair. Where footage
 * tells nothing the usual one is taken.
 *
 * @param pairs tracks of sampled pairs of frames
 * @param width size of the tracked frames
 * @param known the horizontal field of view in degrees, when somebody knows it
 */
export function calibrate(pairs: readonly Tracks[], width: number, height: number, known?: number): Camera {
  if (pairs.length < FEWEST_PAIRS) {
    const lens = lensOf(width, height, known ?? USUAL_FIELD_OF_VIEW, 1);
    return { lens, nearness: canonicalNearness(lens) };
  }
  const guesses =
    known === undefined
      ? GUESSES
      : [0, 0.5, 1]
          .filter((curve) => curve < 1 || known < WIDEST_PINHOLE)
          .map((curve) => ({ fieldOfView: known, curve }));
  const tried = guesses.map((guess) => attempt(pairs, width, height, guess, ROUNDS));
  const usual = pairs.map((_, i) => median(tried.map(({ costs }) => costs[i]!)));
  const best = (): LensGuess => {
    const total = tried.map(({ guess, costs }) => costAgainst(usual, costs) + unusualCost(guess));
    return tried[total.indexOf(Math.min(...total))]!.guess;
  };
  for (const factors of known === undefined ? FINER : []) {
    const { fieldOfView, curve } = best();
    for (const factor of factors) {
      tried.push(attempt(pairs, width, height, { fieldOfView: fieldOfView * factor, curve }, ROUNDS));
    }
  }
  return attempt(pairs, width, height, best(), FINAL_ROUNDS).camera;
}

interface Attempt {
  readonly guess: LensGuess;
  readonly camera: Camera;
  /** Of each pair. */
  readonly costs: readonly number[];
}

/** By how much pairs cost more than usual, on average. */
function costAgainst(usual: readonly number[], costs: readonly number[]): number {
  const more = costs.map((cost, i) => Math.min(Math.max(cost - usual[i]!, -LOUDEST), LOUDEST));
  return more.reduce((sum, value) => sum + value, 0) / more.length;
}

function unusualCost({ fieldOfView, curve }: LensGuess): number {
  return UNUSUAL_COST * (Math.log(fieldOfView / USUAL_FIELD_OF_VIEW) ** 2 + (curve === 1 ? 0 : 1));
}

function attempt(
  pairs: readonly Tracks[],
  width: number,
  height: number,
  guess: LensGuess,
  rounds: number,
): Attempt {
  const lens = lensOf(width, height, guess.fieldOfView, guess.curve);
  const solve = (tracks: Tracks, nearness: NearnessMap, seed: number): FittedField & MotionFit => {
    const field = motionField(tracks, lens, nearness);
    return { field, ...fitMotion(field, undefined, seed) };
  };
  const some = pairs.filter((_, i) => i % LEARN_EVERY === 0);
  let nearness = canonicalNearness(lens);
  for (let round = 0; round < rounds; round++) {
    const fitted = some.map((tracks, seed) => solve(tracks, nearness, seed));
    nearness = learnNearness(nearness, lens, fitted);
  }
  const costs = pairs.map((tracks, seed) => solve(tracks, nearness, seed).cost);
  return { guess, camera: { lens, nearness }, costs };
}
