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
  /** Mean log-likelihood cost of a point; smaller is better. Comparable between lenses on the same tracks. */
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
const SAMPLE = 4;
const ITERATIONS = 8;
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
 * @returns zero motion with no inliers when there are fewer than eight points
 */
export function fitMotion(field: MotionField, before: Twist | undefined, seed: number): MotionFit {
  if (field.count < 8) return lost();
  const candidates: Twist[] = [new Float64Array(6), linearFit(field, everyPoint(field.count))];
  if (before !== undefined) candidates.push(before);
  const random = seededRandom(seed);
  for (let i = 0; i < HYPOTHESES; i++) {
    const sample = Array.from({ length: SAMPLE }, () => Math.floor(random() * field.count));
    candidates.push(linearFit(field, sample));
  }
  const ranked = candidates
    .map((twist) => ({ twist, cost: costOf(field, twist, 1) }))
    .sort((a, b) => a.cost - b.cost)
    .slice(0, 2)
    .map(({ twist }) => refine(field, twist));
  const [first, second] = ranked;
  if (first === undefined) return lost();
  return second !== undefined && second.cost < first.cost ? second : first;
}

function lost(): MotionFit {
  const unknown = Float64Array.from(PRIOR_DEVIATION);
  return { twist: new Float64Array(6), inlierShare: 0, cost: Number.POSITIVE_INFINITY, deviation: unknown };
}

function everyPoint(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

function linearFit(field: MotionField, points: readonly number[]): Twist {
  const system = new Normal();
  for (const i of points) {
    const noise = noiseVariance(field, i);
    system.add(field, i, 1 / noise, 0, 0, 0);
  }
  return system.solve() ?? new Float64Array(6);
}

function noiseVariance(field: MotionField, i: number): number {
  const squared = field.flow[2 * i]! ** 2 + field.flow[2 * i + 1]! ** 2;
  return PIXEL_NOISE ** 2 + FLOW_NOISE ** 2 * squared;
}

/** What a twist leaves unexplained at one point. */
interface Residual {
  /** Squared Mahalanobis distance. */
  distance: number;
  /** Log-determinant of the covariance. */
  logDeterminant: number;
  /** Direction of the epipolar line times its standard deviation, and the shrinkage along it. */
  alongX: number;
  alongY: number;
  shrink: number;
}

function residualAt(field: MotionField, twist: Twist, i: number, noiseScale: number, out: Residual): void {
  const { byRotation: r, byTranslation: t } = field;
  const at = 6 * i;
  const nearness = field.nearness[i]!;
  const gx = nearness * (t[at]! * twist[0]! + t[at + 1]! * twist[1]! + t[at + 2]! * twist[2]!);
  const gy = nearness * (t[at + 3]! * twist[0]! + t[at + 4]! * twist[1]! + t[at + 5]! * twist[2]!);
  const ex = field.flow[2 * i]! - gx - (r[at]! * twist[3]! + r[at + 1]! * twist[4]! + r[at + 2]! * twist[5]!);
  const ey =
    field.flow[2 * i + 1]! - gy - (r[at + 3]! * twist[3]! + r[at + 4]! * twist[4]! + r[at + 5]! * twist[5]!);
  const noise = noiseScale * noiseVariance(field, i);
  out.alongX = gx * NEARNESS_SPREAD;
  out.alongY = gy * NEARNESS_SPREAD;
  const spread = out.alongX ** 2 + out.alongY ** 2;
  out.shrink = 1 / (noise + spread);
  const projected = out.alongX * ex + out.alongY * ey;
  out.distance = (ex * ex + ey * ey - out.shrink * projected * projected) / noise;
  out.logDeterminant = Math.log(noise) + Math.log(noise + spread);
}

function emptyResidual(): Residual {
  return { distance: 0, logDeterminant: 0, alongX: 0, alongY: 0, shrink: 0 };
}

function costOf(field: MotionField, twist: Twist, noiseScale: number): number {
  const residual = emptyResidual();
  let cost = 0;
  for (let i = 0; i < field.count; i++) {
    residualAt(field, twist, i, noiseScale, residual);
    cost += 0.5 * (TAIL + 2) * Math.log1p(residual.distance / TAIL) + 0.5 * residual.logDeterminant;
  }
  for (let k = 0; k < 6; k++) cost += 0.5 * (twist[k]! / PRIOR_DEVIATION[k]!) ** 2;
  return cost / field.count;
}

function refine(field: MotionField, start: Twist): MotionFit {
  let twist = start;
  let deviation: Float64Array = Float64Array.from(PRIOR_DEVIATION);
  const residual = emptyResidual();
  let noiseScale = 1;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    if (iteration % NOISE_EVERY === 0) noiseScale = noiseScaleOf(field, twist);
    const system = new Normal();
    for (let i = 0; i < field.count; i++) {
      residualAt(field, twist, i, noiseScale, residual);
      const noise = noiseScale * noiseVariance(field, i);
      const weight = (TAIL + 2) / (TAIL + residual.distance) / noise;
      system.add(field, i, weight, residual.alongX, residual.alongY, residual.shrink);
    }
    const next = system.solve();
    if (next === undefined) break;
    const step = next.reduce((most, value, k) => Math.max(most, Math.abs(value - twist[k]!)), 0);
    twist = next;
    if (iteration === ITERATIONS - 1 || step < 1e-5) {
      deviation = system.deviation();
      break;
    }
  }
  let inliers = 0;
  for (let i = 0; i < field.count; i++) {
    residualAt(field, twist, i, noiseScale, residual);
    if (residual.distance < INLIER_DISTANCE) inliers++;
  }
  return { twist, inlierShare: inliers / field.count, cost: costOf(field, twist, noiseScale), deviation };
}

/** How much noisier than a sharp picture's the tracks are, as a variance, from the median of what is left over. */
function noiseScaleOf(field: MotionField, twist: Twist): number {
  const residual = emptyResidual();
  const distances = new Float64Array(field.count);
  for (let i = 0; i < field.count; i++) {
    residualAt(field, twist, i, 1, residual);
    distances[i] = residual.distance;
  }
  return Math.min(Math.max(median(distances) / EXPECTED_MEDIAN, 1), WORST_NOISE);
}

/** The normal equations of weighted least squares for the six components of the twist. */
class Normal {
  readonly #matrix = new Float64Array(36);
  readonly #vector = new Float64Array(6);

  constructor() {
    for (let k = 0; k < 6; k++) this.#matrix[7 * k] = 1 / PRIOR_DEVIATION[k]! ** 2;
  }

  /** Adds a point whose inverse covariance is weight · (I − shrink · along alongᵀ). */
  add(field: MotionField, i: number, weight: number, alongX: number, alongY: number, shrink: number): void {
    const at = 6 * i;
    const nearness = field.nearness[i]!;
    const xx = weight * (1 - shrink * alongX * alongX);
    const xy = -weight * shrink * alongX * alongY;
    const yy = weight * (1 - shrink * alongY * alongY);
    const fx = field.flow[2 * i]!;
    const fy = field.flow[2 * i + 1]!;
    for (let k = 0; k < 6; k++) {
      const ax = column(field, at, nearness, k);
      const ay = column(field, at + 3, nearness, k);
      const wx = xx * ax + xy * ay;
      const wy = xy * ax + yy * ay;
      this.#vector[k]! += wx * fx + wy * fy;
      for (let j = 0; j <= k; j++) {
        this.#matrix[6 * k + j]! +=
          wx * column(field, at, nearness, j) + wy * column(field, at + 3, nearness, j);
      }
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

function column(field: MotionField, at: number, nearness: number, k: number): number {
  return k < 3 ? nearness * field.byTranslation[at + k]! : field.byRotation[at + k - 3]!;
}
