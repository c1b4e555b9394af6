import type { Twist } from './fitMotion.ts';
import type { MotionField } from './motionField.ts';
import { solveSymmetric } from './solveSymmetric.ts';

/** Error of a tracked point, in pixels: a floor, and a part that grows with how fast its surface comes nearer. */
const PIXEL_NOISE = 0.1;
const PARALLAX_NOISE = 0.1;
/** Degrees of freedom of the Student-t distribution of the errors: many points lie on edges between near and far. */
const TAIL = 1;
/** Few, from a motion that is nearly right: on and on, the fit would explain errors of tracking by odd motions. */
const ITERATIONS = 5;
/** A fit is done when its cost falls by less than this. */
const LEAST_GAIN = 1e-4;
/** Levenberg and Marquardt's damping: at first, and where it is given up. */
const DAMPING = 1e-3;
const MOST_DAMPING = 1e3;
/** Holds the translation at its length, which the errors leave open. */
const LENGTH_WEIGHT = 1e3;
const TINY = 1e-12;

/**
 * The variance of each point's tracking error, for {@link epipolarCost}. What comes near changes its shape, and the
 * window that is followed does not, so the error grows with what of the flow is not rotation.
 */
export function trackingNoise(field: MotionField, { 3: x, 4: y, 5: z }: Twist): Float64Array {
  const { byRotation: r, flow } = field;
  return Float64Array.from({ length: field.count }, (_, i) => {
    const at = 6 * i;
    const ex = flow[2 * i]! - r[at]! * x! - r[at + 1]! * y! - r[at + 2]! * z!;
    const ey = flow[2 * i + 1]! - r[at + 3]! * x! - r[at + 4]! * y! - r[at + 5]! * z!;
    return PIXEL_NOISE ** 2 + PARALLAX_NOISE ** 2 * (ex * ex + ey * ey);
  });
}

/**
 * How well a camera motion can be fitted to tracked points without expecting anything of their distances: each point may be as near as
 * suits it, but not behind the camera, so only what its flow is off its epipolar line counts (Bruss and Horn, 1983).
 * That says less of a pair's motion than `fitMotion` does, and more of its lens: no expected scene can be mistaken for
 * one. Weighted least squares with Student-t weights, by Levenberg and Marquardt from a motion that is near.
 *
 * @param field the equations of the pair under a lens; `nearness` is not looked at
 * @param start a motion that is nearly right
 * @param noise see {@link trackingNoise}
 * @returns mean cost of a point; smaller is better. Comparable between lenses on the same tracks with the same noise
 */
export function epipolarCost(field: MotionField, start: Twist, noise: Float64Array): number {
  const system = { matrix: new Float64Array(36), vector: new Float64Array(6) };
  let twist = withUnitTranslation(start);
  let cost = costOf(field, twist, noise, system);
  let damping = DAMPING;
  for (let iteration = 0; iteration < ITERATIONS && damping <= MOST_DAMPING; iteration++) {
    const step = stepOf(system, twist, damping);
    if (step === undefined) break;
    const tried = withUnitTranslation(twist.map((value, k) => value + step[k]!));
    const gain = cost - costOf(field, tried, noise);
    if (gain <= 0) {
      damping = 10 * Math.max(damping, 10 * DAMPING);
      continue;
    }
    twist = tried;
    if (gain < LEAST_GAIN) return cost - gain;
    cost = costOf(field, twist, noise, system);
    damping /= 5;
  }
  return cost;
}

/** The normal equations of a step; of the matrix the lower triangle. */
interface System {
  readonly matrix: Float64Array;
  readonly vector: Float64Array;
}

function stepOf({ matrix, vector }: System, twist: Twist, damping: number): Float64Array | undefined {
  const damped = matrix.slice();
  const step = vector.slice();
  for (let p = 0; p < 3; p++) {
    for (let q = 0; q <= p; q++) damped[6 * p + q]! += LENGTH_WEIGHT * twist[p]! * twist[q]!;
  }
  for (let p = 0; p < 6; p++) damped[7 * p] = damped[7 * p]! * (1 + damping) + DAMPING;
  return solveSymmetric(damped, step) ? step : undefined;
}

/** The mean cost of a point; fills the equations of the next step where they are wanted. */
function costOf(field: MotionField, twist: Twist, noise: Float64Array, system?: System): number {
  const { count, flow, byRotation: r, byTranslation: t } = field;
  const [x, y, z, pitch, yaw, roll] = [twist[0]!, twist[1]!, twist[2]!, twist[3]!, twist[4]!, twist[5]!];
  system?.matrix.fill(0);
  system?.vector.fill(0);
  const slopes = new Float64Array(6);
  let cost = 0;
  for (let i = 0; i < count; i++) {
    const at = 6 * i;
    const gx = t[at]! * x + t[at + 1]! * y + t[at + 2]! * z;
    const gy = t[at + 3]! * x + t[at + 4]! * y + t[at + 5]! * z;
    const ex = flow[2 * i]! - r[at]! * pitch - r[at + 1]! * yaw - r[at + 2]! * roll;
    const ey = flow[2 * i + 1]! - r[at + 3]! * pitch - r[at + 4]! * yaw - r[at + 5]! * roll;
    const squared = gx * gx + gy * gy + TINY;
    const isBehind = gx * ex + gy * ey < 0;
    const across = (gx * ey - gy * ex) / Math.sqrt(squared);
    const distance = (isBehind ? ex * ex + ey * ey : across * across) / noise[i]!;
    cost += 0.5 * (TAIL + 1) * Math.log1p(distance / TAIL);
    if (system === undefined) continue;
    const weight = (TAIL + 1) / (TAIL + distance) / noise[i]!;
    if (isBehind) {
      // It is taken to be infinitely far, where only rotation moves it.
      for (let k = 0; k < 3; k++) slopes[3 + k] = -r[at + k]!;
      slopes.fill(0, 0, 3);
      add(system, slopes, ex, weight);
      for (let k = 0; k < 3; k++) slopes[3 + k] = -r[at + 3 + k]!;
      add(system, slopes, ey, weight);
      continue;
    }
    const length = Math.sqrt(squared);
    for (let k = 0; k < 3; k++) {
      const [tx, ty] = [t[at + k]!, t[at + 3 + k]!];
      slopes[k] = (tx * ey - ty * ex) / length - (across * (gx * tx + gy * ty)) / squared;
      slopes[3 + k] = (gy * r[at + k]! - gx * r[at + 3 + k]!) / length;
    }
    add(system, slopes, across, weight);
  }
  return cost / count;
}

/** Adds a residual whose derivatives by the twist are `slopes`. */
function add({ matrix, vector }: System, slopes: Float64Array, residual: number, weight: number): void {
  for (let p = 0; p < 6; p++) {
    const weighted = weight * slopes[p]!;
    vector[p]! -= weighted * residual;
    for (let q = 0; q <= p; q++) matrix[6 * p + q]! += weighted * slopes[q]!;
  }
}

/** A motion whose translation has length one, since nothing tells it apart from the distances. */
function withUnitTranslation(twist: Twist): Twist {
  const length = Math.hypot(twist[0]!, twist[1]!, twist[2]!);
  // A camera that stands or only turns is as good as one that moves ahead in front of something far.
  if (length < TINY) return Float64Array.from([0, 0, 1, twist[3]!, twist[4]!, twist[5]!]);
  return twist.map((value, k) => (k < 3 ? value / length : value));
}
