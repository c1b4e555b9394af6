import type { Camera } from './camera.ts';
import { epipolarCost, trackingNoise } from './epipolarCost.ts';
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
  ...[72, 88, 107, 130, 144].map((fieldOfView) => ({ fieldOfView, curve: 0.5 })),
  ...[75, 92, 112, 137, 167].map((fieldOfView) => ({ fieldOfView, curve: 0 })),
];
/** Factors of the field of view that are tried around the best guess. */
const FINER = [0.92, 1.08];
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
const FEW_HYPOTHESES = 2;
/** What the cost of a motion in the expected scene counts for beside that in any scene. */
const EXPECTED_SHARE = 0.1;

/**
 * Finds the lens under which the tracked points agree best with a moving camera, together with where near
 * things are in its picture. Turning tells the focal length, since the pictures of far points must all turn by
 * the same angle (self-calibration from rotation: Hartley, 1994). So lenses are compared by the pairs that turn, pair
 * by pair, by how well points keep to their epipolar lines. How near things were expected to be counts for little, since
 * whatever scene is expected fits some lenses better than others; but it must count, or what a wrong lens leaves of a
 * turn would pass for a scene that is near on one side. Where footage tells nothing the usual lens is taken.
 *
 * @param pairs tracks of sampled pairs of frames, at least eight points each
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
  const learned = learn(learning, usual);
  const start = pairs.map((tracks, i) => {
    const before = i % LEARN_EVERY === 0 ? learned.motions[i / LEARN_EVERY] : undefined;
    return fitPair(tracks, learned.camera, before, i).twist;
  });
  const guesses = known === undefined ? GUESSES : curvesOf(known);
  const trials = new Trials(pairs, learned.camera, start);
  trials.add(guesses);
  const best = leastCostly(trials.tried());
  if (known === undefined) {
    trials.add(
      FINER.map((factor) => ({ ...best, fieldOfView: best.fieldOfView * factor })).filter(isPossible),
    );
  }
  const { guess, range } =
    known === undefined ? likeliestLens(trials.tried()) : { guess: best, range: undefined };
  const { camera } = learn(learning, unlearned(width, height, guess));
  return range === undefined ? { camera } : { camera, range };
}

function unlearned(width: number, height: number, { fieldOfView, curve }: LensGuess): Camera {
  const lens = lensOf(width, height, fieldOfView, curve);
  return { lens, nearness: canonicalNearness(lens) };
}

function curvesOf(fieldOfView: number): LensGuess[] {
  return [0, 0.5, 1].map((curve) => ({ fieldOfView, curve })).filter(isPossible);
}

function isPossible({ fieldOfView, curve }: LensGuess): boolean {
  return curve < 1 || fieldOfView < WIDEST_PINHOLE;
}

/** What lenses cost the footage, from the motions that one camera sees in it. */
class Trials {
  readonly #pairs: readonly Tracks[];
  readonly #camera: Camera;
  readonly #motions: readonly Twist[];
  /** How much each pair turns, 0 … 1. */
  readonly #weights: readonly number[];
  /** The variance of each point's tracking error, by pair. */
  readonly #noises: readonly Float64Array[];
  readonly #costs: { readonly guess: LensGuess; readonly byPair: readonly number[] }[] = [];

  constructor(pairs: readonly Tracks[], camera: Camera, motions: readonly Twist[]) {
    this.#pairs = pairs;
    this.#camera = camera;
    this.#motions = motions;
    this.#weights = motions.map((twist) => {
      const turn = camera.lens.focal * Math.hypot(twist[3]!, twist[4]!);
      return turn ** 2 / (turn ** 2 + TELLING_TURN ** 2);
    });
    this.#noises = pairs.map((tracks, i) =>
      trackingNoise(motionField(tracks, camera.lens, camera.nearness), motions[i]!),
    );
  }

  add(guesses: readonly LensGuess[]): void {
    const { lens: usual, nearness } = this.#camera;
    for (const guess of guesses) {
      const lens = lensOf(usual.width, usual.height, guess.fieldOfView, guess.curve);
      const byPair = this.#pairs.map((tracks, i) => {
        const field = motionField(tracks, lens, nearness);
        const start = seenThrough(lens, usual, this.#motions[i]!);
        const expected = fitMotion(field, start, i, FEW_HYPOTHESES);
        return epipolarCost(field, expected.twist, this.#noises[i]!) + EXPECTED_SHARE * expected.cost;
      });
      this.#costs.push({ guess, byPair });
    }
  }

  /** All lenses so far, with what the pairs cost on average, by how much they turn. */
  tried(): TriedLens[] {
    const least = this.#pairs.map((_, i) => Math.min(...this.#costs.map(({ byPair }) => byPair[i]!)));
    const telling = SILENT_PAIRS + this.#weights.reduce((sum, weight) => sum + weight, 0);
    return this.#costs.map(({ guess, byPair }) => {
      const total = byPair.reduce(
        (sum, cost, i) => sum + this.#weights[i]! * Math.min(cost - least[i]!, LOUDEST),
        0,
      );
      return { ...guess, cost: total / telling };
    });
  }
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
function learn(pairs: readonly Tracks[], camera: Camera): { camera: Camera; motions: readonly Twist[] } {
  let learned: { camera: Camera; motions: readonly Twist[] } = { camera, motions: [] };
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
