import type { Frame } from '../../world/types.ts';
import { luma } from './luma.ts';
import { requireSameSize } from './psnr.ts';

/**
 * How far the scene moved sideways between two frames, in pixels, positive to the right: the shift at which the
 * brightness profiles over the columns fit best (least mean |difference| after removing the mean), refined by
 * a parabola through the neighbouring shifts; at most an eighth of the width either way.
 *
 * It is a second judge on purpose: it shares nothing with the feature tracks that labelled the footage. A
 * camera that turns right moves the scene to the left, so the shift has the opposite sign of yaw.
 */
export function horizontalShift(previous: Frame, next: Frame): number {
  requireSameSize(previous, next);
  const before = columnProfile(previous);
  const after = columnProfile(next);
  const reach = Math.max(1, Math.floor(previous.width / 8));
  const cost = Array.from({ length: 2 * reach + 1 }, (_, i) => profileDistance(before, after, i - reach));
  const best = cost.indexOf(Math.min(...cost));
  const left = cost[best - 1];
  const right = cost[best + 1];
  if (left === undefined || right === undefined) return best - reach;
  const curvature = left - 2 * cost[best]! + right;
  return best - reach + (curvature > 0 ? (left - right) / (2 * curvature) : 0);
}

/**
 * Turn agreement: Pearson's correlation between the commanded yaw and the sideways motion seen in the imagined
 * frames (sign turned, so that 1 is perfect). Measure it under foreign actions: under its own, a world that
 * merely continues the motion of the context would look obedient.
 *
 * @param yaw commanded yaw of each frame, any unit
 * @param shift `horizontalShift` of the same frames
 * @returns −1…1, or `undefined` when the yaw never changes; a scene that never moves scores 0
 */
export function turnAgreement(yaw: readonly number[], shift: readonly number[]): number | undefined {
  const meanYaw = mean(yaw);
  const meanShift = mean(shift);
  let covariance = 0;
  let yawVariance = 0;
  let shiftVariance = 0;
  for (let i = 0; i < yaw.length; i++) {
    const a = yaw[i]! - meanYaw;
    const b = meanShift - shift[i]!;
    covariance += a * b;
    yawVariance += a * a;
    shiftVariance += b * b;
  }
  if (yawVariance === 0) return undefined;
  return shiftVariance === 0 ? 0 : covariance / Math.sqrt(yawVariance * shiftVariance);
}

function columnProfile(frame: Frame): Float64Array {
  const grey = luma(frame);
  const profile = new Float64Array(frame.width);
  for (let i = 0; i < grey.length; i++) profile[i % frame.width]! += grey[i]! / frame.height;
  return profile;
}

/** Mean |after(x) − before(x − shift)| where both exist, without the difference of their means. */
function profileDistance(before: Float64Array, after: Float64Array, shift: number): number {
  const from = Math.max(0, shift);
  const to = Math.min(after.length, after.length + shift);
  let offset = 0;
  for (let x = from; x < to; x++) offset += after[x]! - before[x - shift]!;
  offset /= to - from;
  let sum = 0;
  for (let x = from; x < to; x++) sum += Math.abs(after[x]! - before[x - shift]! - offset);
  return sum / (to - from);
}

function mean(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
