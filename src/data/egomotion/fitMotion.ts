import { median } from '../statistics.ts';
import type { MotionField } from './motionField.ts';
import { seededRandom } from './random.ts';
import { solveSymmetric } from './solveSymmetric.ts';

/** A camera's motion between two frames: translation x, y, z, then turns about x, y, z in radians. */
export type Twist = Float64Array;

/** A fitted motion and how far to believe it. */
export interface MotionFit {
  readonly twist: Twist;
  /** Share of the tracked points that move as the motion says, 0 … 1. */
  readonly inlierShare: number;
  /** Which of them do, [count]: 1 or 0. */
  readonly agreeing: Uint8Array;
  /** Mean log-likelihood cost of a point; smaller is better. Comparable between motions of the same pair. */
  readonly cost: number;
  /** Standard deviations of the twist's six components. */
  readonly deviation: Float64Array;
}

/** How far, as a share, a point's true nearness strays from the expected one. */
const NEARNESS_SPREAD = 1;
/** Error of a point tracked in a sharp picture, in pixels: a floor, and a part that grows with the flow. */
const PIXEL_NOISE = 0.1;
const FLOW_NOISE = 0.01;
/** Degrees of freedom of the Student-t distribution of the errors. */
const TAIL = 3;
/** Squared Mahalanobis distance beyond which a point does not move with the scene. */
const INLIER_DISTANCE = 9;
/** Blur and compression make the errors of a pair at most this much larger, as a variance. */
const WORST_NOISE = 16;
/** The median of a squared Mahalanobis distance in the plane, were the errors as expected. */
const EXPECTED_MEDIAN = 2 * Math.LN2;
/** Iterations from one estimate of the noise to the next. */
const NOISE_EVERY = 3;
const HYPOTHESES = 20;
/** Hypotheses are ranked by about so many of the points. */
const RANKED_BY = 64;
/** Motions that move points less differently than this, in pixels, lead to one fit. */
const ALIKE = 0.5;
const SAMPLE = 4;
const ITERATIONS = 8;
/** A fit is done when no component of the twist changes by more: a fraction of what labels are off by. */
const SHORTEST_STEP = 5e-5;
/** Standard deviations of the twist before anything is seen: cameras seldom move sideways or up. */
const PRIOR_DEVIATION = [0.02, 0.02, 1, 0.07, 0.3, 0.04];

/**
 * Fits the camera motion to tracked points, with all outliers that people and cars walking through are.
 *
 * The distance of each point is unknown; it is a random variable around the expected one (see
 * `NearnessMap`) and integrated out, which leaves a Gaussian error that is wide along the point's
 * epipolar line and narrow across it. So direction comes from epipolar geometry where translation is strong,
 * and the fit falls back on the expected scene where it is weak, instead of becoming undefined.
 * Hypotheses are drawn from few points (RANSAC; Fischler and Bolles, 1981) and scored with a Student-t
 * likelihood; the best are refined by iteratively reweighted least squares, which also finds how noisy the
 * pair's tracks are: those of a blurred picture count for less against the prior.
 *
 * @param field the equations of the pair
 * @param before the twist of the pair before, which is one of the hypotheses
 * @param seed of the random draws
 * @param hypotheses how many are drawn; few will do where `before` is a fit to the same points
 * @returns zero motion with no inliers when there are fewer than eight points
 */
export function fitMotion(
  field: MotionField,
  before: Twist | undefined,
  seed: number,
  hypotheses = HYPOTHESES,
): MotionFit {
  if (field.count < 8) return lost(field.count);
  const points = pointsOf(field);
  const system = new Normal();
  const candidates: Twist[] = [new Float64Array(6), linearFit(system, points, everyPoint(points.count))];
  if (before !== undefined) candidates.push(before);
  const random = seededRandom(seed);
  for (let i = 0; i < hypotheses; i++) {
    const sample = Array.from({ length: SAMPLE }, () => Math.floor(random() * points.count));
    candidates.push(linearFit(system, points, sample));
  }
  const every = Math.ceil(points.count / RANKED_BY);
  const [first, second] = candidates
    .map((twist) => ({ twist, cost: costOf(points, twist, 1, every) }))
    .sort((a, b) => a.cost - b.cost)
    .map(({ twist }) => twist);
  if (first === undefined) return lost(field.count);
  const fit = refine(system, points, first);
  if (second === undefined || areAlike(points, first, second, every)) return fit;
  const other = refine(system, points, second);
  return other.cost < fit.cost ? other : fit;
}

/** Whether two motions move points, every so many of them, so nearly the same way that they lead to one fit. */
function areAlike({ count, design }: Points, one: Twist, other: Twist, every: number): boolean {
  const difference = one.map((value, k) => value - other[k]!);
  let squares = 0;
  let seen = 0;
  for (let i = 0; i < count; i += every, seen++) {
    const at = 12 * i;
    const x = product(design, at, difference, 0) + product(design, at + 3, difference, 3);
    const y = product(design, at + 6, difference, 0) + product(design, at + 9, difference, 3);
    squares += x * x + y * y;
  }
  return squares < seen * ALIKE ** 2;
}

function lost(count: number): MotionFit {
  const unknown = Float64Array.from(PRIOR_DEVIATION);
  return {
    twist: new Float64Array(6),
    inlierShare: 0,
    agreeing: new Uint8Array(count),
    cost: Number.POSITIVE_INFINITY,
    deviation: unknown,
  };
}

function everyPoint(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

/** The equations of a pair as the fit wants them. */
interface Points {
  readonly count: number;
  /** Pixels, [count, 2]. */
  readonly flow: Float64Array;
  /** Pixels by unit of the twist's six components for a point at its expected distance, [count, 2, 6]. */
  readonly design: Float64Array;
  /** Variance of the tracking error in a sharp picture, [count]. */
  readonly noise: Float64Array;
}

function pointsOf({ count, flow, byTranslation, byRotation, nearness }: MotionField): Points {
  const design = new Float64Array(count * 12);
  const noise = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    for (let row = 0; row < 2; row++) {
      for (let k = 0; k < 3; k++) {
        design[12 * i + 6 * row + k] = nearness[i]! * byTranslation[6 * i + 3 * row + k]!;
        design[12 * i + 6 * row + 3 + k] = byRotation[6 * i + 3 * row + k]!;
      }
    }
    const squared = flow[2 * i]! ** 2 + flow[2 * i + 1]! ** 2;
    noise[i] = PIXEL_NOISE ** 2 + FLOW_NOISE ** 2 * squared;
  }
  return { count, flow, design, noise };
}

function linearFit(system: Normal, points: Points, some: readonly number[]): Twist {
  system.clear();
  for (const i of some) system.add(points, i, 1 / points.noise[i]!, 0, 0, 0);
  return system.solve() ?? new Float64Array(6);
}

/** What a twist leaves unexplained at one point. */
interface Residual {
  /** Squared Mahalanobis distance. */
  distance: number;
  /** Determinant of the covariance. */
  determinant: number;
  /** Direction of the epipolar line times its standard deviation, and the shrinkage along it. */
  alongX: number;
  alongY: number;
  shrink: number;
}

function residualAt(points: Points, twist: Twist, i: number, noiseScale: number, out: Residual): void {
  const { design, flow } = points;
  const at = 12 * i;
  const gx = product(design, at, twist, 0);
  const gy = product(design, at + 6, twist, 0);
  const ex = flow[2 * i]! - gx - product(design, at + 3, twist, 3);
  const ey = flow[2 * i + 1]! - gy - product(design, at + 9, twist, 3);
  const noise = noiseScale * points.noise[i]!;
  out.alongX = gx * NEARNESS_SPREAD;
  out.alongY = gy * NEARNESS_SPREAD;
  const spread = out.alongX * out.alongX + out.alongY * out.alongY;
  out.shrink = 1 / (noise + spread);
  const projected = out.alongX * ex + out.alongY * ey;
  out.distance = (ex * ex + ey * ey - out.shrink * projected * projected) / noise;
  out.determinant = noise * (noise + spread);
}

function product(design: Float64Array, at: number, twist: Twist, from: number): number {
  return design[at]! * twist[from]! + design[at + 1]! * twist[from + 1]! + design[at + 2]! * twist[from + 2]!;
}

function emptyResidual(): Residual {
  return { distance: 0, determinant: 0, alongX: 0, alongY: 0, shrink: 0 };
}

/** Points whose likelihoods are multiplied before the logarithm is taken, which would be most of the work. */
const MULTIPLIED = 8;

/** The cost of a twist, over every so many points. */
function costOf(points: Points, twist: Twist, noiseScale: number, every = 1): number {
  const residual = emptyResidual();
  let cost = 0;
  let tails = 1;
  let determinants = 1;
  let multiplied = 0;
  for (let i = 0; i < points.count; i += every) {
    residualAt(points, twist, i, noiseScale, residual);
    tails *= 1 + residual.distance / TAIL;
    determinants *= residual.determinant;
    if (++multiplied % MULTIPLIED > 0 && i + every < points.count) continue;
    cost += 0.5 * (TAIL + 2) * Math.log(tails) + 0.5 * Math.log(determinants);
    tails = 1;
    determinants = 1;
  }
  let prior = 0;
  for (let k = 0; k < 6; k++) prior += 0.5 * (twist[k]! / PRIOR_DEVIATION[k]!) ** 2;
  return (every * cost + prior) / points.count;
}

function refine(system: Normal, points: Points, start: Twist): MotionFit {
  let twist = start;
  let deviation: Float64Array = Float64Array.from(PRIOR_DEVIATION);
  const residual = emptyResidual();
  let noiseScale = 1;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (iteration % NOISE_EVERY === 0) noiseScale = noiseScaleOf(points, twist);
    system.clear();
    for (let i = 0; i < points.count; i++) {
      residualAt(points, twist, i, noiseScale, residual);
      const noise = noiseScale * points.noise[i]!;
      const weight = (TAIL + 2) / (TAIL + residual.distance) / noise;
      system.add(points, i, weight, residual.alongX, residual.alongY, residual.shrink);
    }
    const next = system.solve();
    if (next === undefined) break;
    const step = next.reduce((most, value, k) => Math.max(most, Math.abs(value - twist[k]!)), 0);
    twist = next;
    if (iteration === ITERATIONS - 1 || step < SHORTEST_STEP) {
      deviation = system.deviation();
      break;
    }
  }
  const agreeing = new Uint8Array(points.count);
  let inliers = 0;
  for (let i = 0; i < points.count; i++) {
    residualAt(points, twist, i, noiseScale, residual);
    if (residual.distance >= INLIER_DISTANCE) continue;
    agreeing[i] = 1;
    inliers++;
  }
  return {
    twist,
    inlierShare: inliers / points.count,
    agreeing,
    cost: costOf(points, twist, noiseScale),
    deviation,
  };
}

/** How much noisier than a sharp picture's the tracks are, as a variance, from the median of what is left over. */
function noiseScaleOf(points: Points, twist: Twist): number {
  const residual = emptyResidual();
  const distances = new Float64Array(points.count);
  for (let i = 0; i < points.count; i++) {
    residualAt(points, twist, i, 1, residual);
    distances[i] = residual.distance;
  }
  return Math.min(Math.max(median(distances) / EXPECTED_MEDIAN, 1), WORST_NOISE);
}

/** The normal equations of weighted least squares for the six components of the twist. */
class Normal {
  readonly #matrix = new Float64Array(36);
  readonly #vector = new Float64Array(6);

  /** Leaves nothing but the prior. */
  clear(): void {
    this.#matrix.fill(0);
    this.#vector.fill(0);
    for (let k = 0; k < 6; k++) this.#matrix[7 * k] = 1 / PRIOR_DEVIATION[k]! ** 2;
  }

  /** Adds a point whose inverse covariance is weight · (I − shrink · along alongᵀ). */
  add(points: Points, i: number, weight: number, alongX: number, alongY: number, shrink: number): void {
    const { design, flow } = points;
    const matrix = this.#matrix;
    const vector = this.#vector;
    const at = 12 * i;
    const xx = weight * (1 - shrink * alongX * alongX);
    const xy = -weight * shrink * alongX * alongY;
    const yy = weight * (1 - shrink * alongY * alongY);
    const fx = flow[2 * i]!;
    const fy = flow[2 * i + 1]!;
    for (let k = 0; k < 6; k++) {
      const ax = design[at + k]!;
      const ay = design[at + 6 + k]!;
      const wx = xx * ax + xy * ay;
      const wy = xy * ax + yy * ay;
      vector[k]! += wx * fx + wy * fy;
      for (let j = 0; j <= k; j++) matrix[6 * k + j]! += wx * design[at + j]! + wy * design[at + 6 + j]!;
    }
  }

  solve(): Twist | undefined {
    const solution = this.#vector.slice();
    return solveSymmetric(this.#matrix.slice(), solution) ? solution : undefined;
  }

  deviation(): Float64Array {
    const result = new Float64Array(6);
    for (let k = 0; k < 6; k++) {
      const unit = new Float64Array(6);
      unit[k] = 1;
      if (!solveSymmetric(this.#matrix.slice(), unit)) return Float64Array.from(PRIOR_DEVIATION);
      result[k] = Math.sqrt(Math.max(unit[k]!, 0));
    }
    return result;
  }
}
