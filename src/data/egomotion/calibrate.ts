import { median } from '../statistics.ts';
import type { Camera } from './camera.ts';
import { fitMotion, type Twist } from './fitMotion.ts';
import { lensOf } from './lens.ts';
import { motionField } from './motionField.ts';
import { canonicalNearness, type FittedField, learnNearness } from './nearnessMap.ts';
import type { Tracks } from './tracker.ts';

/** A camera, and how well the footage tells its lens. */
export interface Calibration {
  readonly camera: Camera;
  /** The fields of view that explain the footage about as well, in degrees; none where it was given. */
  readonly range?: { readonly from: number; readonly to: number };
}

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
/** Factors of the field of view that are tried around the best guess. */
const FINER = [0.93, 1.07];
/** Times that the nearness map is learned before lenses are compared, and how many more for the one that is chosen. */
const ROUNDS = 3;
const MORE_ROUNDS = 2;
/** The map is learned from every third pair, which is enough for 48 cells. */
const LEARN_EVERY = 3;
/** Without evidence a camera has a plain lens of this field of view (a phone or a dash-cam). */
const USUAL: LensGuess = { fieldOfView: 75, curve: 1 };
/** Fewer pairs than this tell nothing. */
const FEWEST_PAIRS = 10;
const UNUSUAL_COST = 0.1;
/** A pair speaks for or against a lens by at most this much: no lens is chosen by the pairs that none explains. */
const LOUDEST = 1;
/** No pinhole sees wider than this. */
const WIDEST_PINHOLE = 130;
/** Hypotheses that are drawn where the motion under another lens is known. */
const FEW_HYPOTHESES = 4;
/** Costs of lenses differ by about as much by chance, however many pairs there are: no scene is quite as expected. */
const CHANCE = 0.03;
/** A lens is out of the race when it is so many standard errors and so much of chance behind the best. */
const OUT = 4;
/** Lenses are alike that are behind the best by at most so many times what chance and standard error come to together. */
const ALIKE = 2;

/**
 * Finds the lens under which the tracked points agree best with a moving camera, together with where near
 * things are in its picture. Turning tells the focal length, since the pictures of far points must all turn by
 * the same angle (self-calibration from rotation: Hartley, 1994); lenses are compared by the likelihood of
 * `fitMotion`, pair by pair, since pairs differ far more from one another than lenses do on one pair. It is a race
 * (Maron and Moore, 1994): lenses that are clearly behind on a third of the pairs do not see the others. The field of
 * view is the mean of those tried under the likeliest curve, weighted by how likely they are. Where footage tells
 * nothing the usual one is taken.
 *
 * @param pairs tracks of sampled pairs of frames
 * @param width size of the tracked frames
 * @param known the horizontal field of view in degrees, when somebody knows it
 */
export function calibrate(
  pairs: readonly Tracks[],
  width: number,
  height: number,
  known?: number,
): Calibration {
  if (pairs.length < FEWEST_PAIRS) {
    const lens = lensOf(width, height, known ?? USUAL.fieldOfView, USUAL.curve);
    const camera = { lens, nearness: canonicalNearness(lens) };
    return known === undefined ? { camera, range: spanOf(GUESSES) } : { camera };
  }
  const learning = pairs.filter((_, i) => i % LEARN_EVERY === 0);
  const ordered = [...learning, ...pairs.filter((_, i) => i % LEARN_EVERY > 0)];
  const start = fitAll(ordered, [], unlearned(width, height, USUAL));
  const enter = (guess: LensGuess, motions: readonly Twist[]): Trial => {
    const learned = learn(learning, unlearned(width, height, guess), motions, ROUNDS);
    return { guess, camera: learned.camera, ...fitAll(learning, learned.motions, learned.camera) };
  };
  const finish = (trial: Trial): Trial => {
    const { motions, costs } = fitAll(
      ordered.slice(learning.length),
      start.motions.slice(learning.length),
      trial.camera,
    );
    return { ...trial, motions: [...trial.motions, ...motions], costs: [...trial.costs, ...costs] };
  };
  const guesses =
    known === undefined
      ? GUESSES
      : [0, 0.5, 1]
          .filter((curve) => curve < 1 || known < WIDEST_PINHOLE)
          .map((curve) => ({ fieldOfView: known, curve }));
  const entered = guesses.map((guess) => enter(guess, start.motions));
  const usual = learning.map((_, i) => median(entered.map(({ costs }) => costs[i]!)));
  const ahead = entered[indexOfLeast(entered.map((trial) => totalCost(trial, usual)))]!;
  const tried = entered.map((trial) => (isOut(trial, ahead) ? trial : finish(trial)));
  const reference = tried[entered.indexOf(ahead)]!;
  const best = tried[indexOfLeast(tried.map((trial) => totalCost(trial, reference.costs)))]!;
  const { motions } = best;
  if (known !== undefined) return { camera: learn(learning, best.camera, motions, MORE_ROUNDS).camera };
  for (const factor of FINER) {
    const fieldOfView = best.guess.fieldOfView * factor;
    if (best.guess.curve < 1 || fieldOfView < WIDEST_PINHOLE) {
      tried.push(finish(enter({ ...best.guess, fieldOfView }, motions)));
    }
  }
  const { guess, range } = likeliest(
    tried.map((trial) => ({
      ...trial.guess,
      cost: totalCost(trial, reference.costs),
      doubt: standardError(margins(trial.costs, best.costs)),
    })),
  );
  const { camera } = learn(learning, unlearned(width, height, guess), motions, ROUNDS + MORE_ROUNDS);
  return { camera, range };
}

/** A lens that was tried, with the motions and the costs of the pairs that it has seen. */
interface Trial {
  readonly guess: LensGuess;
  readonly camera: Camera;
  readonly motions: readonly Twist[];
  readonly costs: readonly number[];
}

function unlearned(width: number, height: number, { fieldOfView, curve }: LensGuess): Camera {
  const lens = lensOf(width, height, fieldOfView, curve);
  return { lens, nearness: canonicalNearness(lens) };
}

/** Fits pairs, starting from what is known of their motions. */
function fitAll(
  pairs: readonly Tracks[],
  before: readonly Twist[],
  { lens, nearness }: Camera,
): { motions: Twist[]; costs: number[]; fitted: FittedField[] } {
  const fits = pairs.map((tracks, i) => {
    const field = motionField(tracks, lens, nearness);
    const start = before[i];
    return { field, ...fitMotion(field, start, i, start === undefined ? undefined : FEW_HYPOTHESES) };
  });
  return { motions: fits.map(({ twist }) => twist), costs: fits.map(({ cost }) => cost), fitted: fits };
}

/** Learns where near things are, in turns with how the camera moves. */
function learn(
  pairs: readonly Tracks[],
  camera: Camera,
  motions: readonly Twist[],
  rounds: number,
): { camera: Camera; motions: readonly Twist[] } {
  let learned = { camera, motions };
  for (let round = 0; round < rounds; round++) {
    const { motions: moved, fitted } = fitAll(pairs, learned.motions, learned.camera);
    const { lens, nearness } = learned.camera;
    learned = { camera: { lens, nearness: learnNearness(nearness, lens, fitted) }, motions: moved };
  }
  return learned;
}

/** By how much pairs cost more than in another account of them. */
function margins(costs: readonly number[], others: readonly number[]): number[] {
  return costs
    .slice(0, others.length)
    .map((cost, i) => Math.min(Math.max(cost - others[i]!, -LOUDEST), LOUDEST));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function indexOfLeast(values: readonly number[]): number {
  return values.indexOf(Math.min(...values));
}

/** What a lens costs more than another account of the pairs, and for being unusual. */
function totalCost({ guess, costs }: Trial, others: readonly number[]): number {
  const octaves = Math.log(guess.fieldOfView / USUAL.fieldOfView);
  return mean(margins(costs, others)) + UNUSUAL_COST * (octaves ** 2 + (guess.curve === 1 ? 0 : 1));
}

function isOut(trial: Trial, ahead: Trial): boolean {
  const margin = margins(trial.costs, ahead.costs);
  return mean(margin) > OUT * Math.max(CHANCE, standardError(margin));
}

function standardError(values: readonly number[]): number {
  const average = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - average) ** 2)) / values.length);
}

interface Judged extends LensGuess {
  readonly cost: number;
  /** Standard error of what it costs more than the best. */
  readonly doubt: number;
}

/** The likeliest lens, and the range of the fields of view that are alike, whatever their curve. */
function likeliest(judged: readonly Judged[]): {
  guess: LensGuess;
  range: { from: number; to: number };
} {
  const least = Math.min(...judged.map(({ cost }) => cost));
  const masses = judged.map((lens) => Math.exp((least - lens.cost) / CHANCE) * roomOf(lens, judged));
  const massOf = (curve: number): number =>
    judged.reduce((sum, lens, i) => sum + (lens.curve === curve ? masses[i]! : 0), 0);
  const { curve } = judged.reduce((most, lens) => (massOf(lens.curve) > massOf(most.curve) ? lens : most));
  const logarithm = judged.reduce(
    (sum, lens, i) => sum + (lens.curve === curve ? masses[i]! * Math.log(lens.fieldOfView) : 0),
    0,
  );
  const alike = judged.filter(({ cost, doubt }) => cost < least + ALIKE * Math.hypot(CHANCE, doubt));
  return { guess: { fieldOfView: Math.exp(logarithm / massOf(curve)), curve }, range: spanOf(alike) };
}

/** The range of fields of view, as a logarithm, that a lens stands for among those of its curve. */
function roomOf({ fieldOfView, curve }: LensGuess, all: readonly LensGuess[]): number {
  const steps = all
    .filter((other) => other.curve === curve)
    .map((other) => Math.log(other.fieldOfView / fieldOfView));
  const [down, up] = [
    Math.max(...steps.filter((step) => step < 0)),
    Math.min(...steps.filter((step) => step > 0)),
  ];
  const reach = [-down, up].filter(Number.isFinite);
  return reach.length === 0 ? 1 : mean(reach);
}

function spanOf(lenses: readonly LensGuess[]): { from: number; to: number } {
  const views = lenses.map(({ fieldOfView }) => fieldOfView);
  return { from: Math.min(...views), to: Math.max(...views) };
}
