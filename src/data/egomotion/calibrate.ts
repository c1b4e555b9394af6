import type { Camera } from './camera.ts';
import { epipolarFit, trackingNoise } from './epipolarFit.ts';
import { fitMotion, type Twist } from './fitMotion.ts';
import { type Lens, lensOf } from './lens.ts';
import {
  type FieldsOfView,
  type LensGuess,
  leastCostly,
  likeliestLens,
  spanOf,
  type TriedLens,
  USUAL,
} from './likeliestLens.ts';
import { motionField } from './motionField.ts';
import { canonicalNearness, type FittedField, learnNearness } from './nearnessMap.ts';
import type { Tracks } from './tracker.ts';

/** A camera, and how well the footage tells its lens. */
export interface Calibration {
  readonly camera: Camera;
  /** The fields of view that explain the footage about as well, in degrees; none where it was given. */
  readonly range?: FieldsOfView;
}

/** Even steps of about a fifth, between which costs are smooth. */
const GUESSES: readonly LensGuess[] = [
  ...[40, 48, 57, 68, 81, 96, 114].map((fieldOfView) => ({ fieldOfView, curve: 1 })),
  ...[60, 72, 86, 103, 122, 144].map((fieldOfView) => ({ fieldOfView, curve: 0.5 })),
  ...[62, 75, 90, 106, 126, 150, 172].map((fieldOfView) => ({ fieldOfView, curve: 0 })),
];
/** Times that the nearness map is learned, in turns with the motions. */
const ROUNDS = 5;
/** The map is learned from every third pair, which is enough for 48 cells. */
const LEARN_EVERY = 3;
/** Fewer pairs than this tell nothing. */
const FEWEST_PAIRS = 10;
/** A pair speaks against a lens by at most this much: no lens is chosen by the pairs that none explains. */
const LOUDEST = 1;
/** A pair that turns the middle of the picture by so many pixels counts half. */
const TELLING_TURN = 2;
/** What so many pairs that turn would have to say is left open, which matters where there are few. */
const SILENT_PAIRS = 20;
/** No pinhole sees wider than this. */
const WIDEST_PINHOLE = 130;
/** Hypotheses that are drawn where a motion is known that is nearly right. */
const FEW_HYPOTHESES = 4;

/**
 * Finds the lens under which the tracked points agree best with a moving camera, together with where near
 * things are in its picture. Turning tells the focal length, since the pictures of far points must all turn by
 * the same angle (self-calibration from rotation: Hartley, 1994). So lenses are compared by the pairs that turn, pair
 * by pair, by how well points keep to their epipolar lines. How near things are has no say in it: whatever scene was
 * expected would fit some lenses better than others, also where no pair turns. Where footage tells nothing the usual
 * lens is taken.
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
    const guess = known === undefined ? USUAL : { fieldOfView: known, curve: USUAL.curve };
    const camera = unlearned(width, height, guess);
    return known === undefined ? { camera, range: spanOf(GUESSES) } : { camera };
  }
  const usual = unlearned(width, height, USUAL);
  const learning = pairs.filter((_, i) => i % LEARN_EVERY === 0);
  const learned = learn(learning, usual, []);
  const start = pairs.map((tracks, i) => {
    const before = i % LEARN_EVERY === 0 ? learned.motions[i / LEARN_EVERY] : undefined;
    return fitPair(tracks, learned.camera, before, i).twist;
  });
  const guesses = known === undefined ? GUESSES : curvesOf(known);
  const tried = costsOf(pairs, learned.camera, start, guesses);
  const { guess, range } =
    known === undefined ? likeliestLens(tried) : { guess: leastCostly(tried), range: undefined };
  const unfinished = unlearned(width, height, guess);
  const motions = start
    .filter((_, i) => i % LEARN_EVERY === 0)
    .map((twist) => seenThrough(unfinished.lens, usual.lens, twist));
  const { camera } = learn(learning, unfinished, motions);
  return range === undefined ? { camera } : { camera, range };
}

function unlearned(width: number, height: number, { fieldOfView, curve }: LensGuess): Camera {
  const lens = lensOf(width, height, fieldOfView, curve);
  return { lens, nearness: canonicalNearness(lens) };
}

function curvesOf(fieldOfView: number): LensGuess[] {
  const curves = fieldOfView < WIDEST_PINHOLE ? [0, 0.5, 1] : [0, 0.5];
  return curves.map((curve) => ({ fieldOfView, curve }));
}

/** What lenses cost the footage, from the motions that a camera sees in it. */
function costsOf(
  pairs: readonly Tracks[],
  camera: Camera,
  motions: readonly Twist[],
  guesses: readonly LensGuess[],
): TriedLens[] {
  const { width, height } = camera.lens;
  const lenses = guesses.map(({ fieldOfView, curve }) => lensOf(width, height, fieldOfView, curve));
  const costs = new Float64Array(guesses.length);
  let telling = SILENT_PAIRS;
  for (const [i, tracks] of pairs.entries()) {
    const twist = motions[i]!;
    const turn = camera.lens.focal * Math.hypot(twist[3]!, twist[4]!);
    const weight = turn ** 2 / (turn ** 2 + TELLING_TURN ** 2);
    const noise = trackingNoise(motionField(tracks, camera.lens, camera.nearness), twist);
    const fits = lenses.map((lens) =>
      epipolarFit(motionField(tracks, lens, camera.nearness), seenThrough(lens, camera.lens, twist), noise),
    );
    const least = Math.min(...fits.map(({ cost }) => cost));
    for (const [k, { cost }] of fits.entries()) costs[k]! += weight * Math.min(cost - least, LOUDEST);
    telling += weight;
  }
  return guesses.map((guess, k) => ({ ...guess, cost: costs[k]! / telling }));
}

/** About the motion under a lens that moves the middle of the picture as another motion does under another lens. */
function seenThrough(lens: Lens, other: Lens, twist: Twist): Twist {
  const scale = other.focal / lens.focal;
  return twist.map((value, k) => (k === 2 || k === 5 ? value : scale * value));
}

function fitPair(
  tracks: Tracks,
  { lens, nearness }: Camera,
  before: Twist | undefined,
  seed: number,
): FittedField {
  const field = motionField(tracks, lens, nearness);
  const { twist } = fitMotion(field, before, seed, before === undefined ? undefined : FEW_HYPOTHESES);
  return { field, twist };
}

/** Learns where near things are, in turns with how the camera moves. */
function learn(
  pairs: readonly Tracks[],
  camera: Camera,
  motions: readonly Twist[],
): { camera: Camera; motions: readonly Twist[] } {
  let learned = { camera, motions };
  for (let round = 0; round < ROUNDS; round++) {
    const fitted = pairs.map((tracks, i) => fitPair(tracks, learned.camera, learned.motions[i], i));
    const { lens, nearness } = learned.camera;
    learned = {
      camera: { lens, nearness: learnNearness(nearness, lens, fitted) },
      motions: fitted.map(({ twist }) => twist),
    };
  }
  return learned;
}
