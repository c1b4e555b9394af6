import { Matrix, solve } from 'ml-matrix';
import type { Motion } from '../../world/manifest.ts';
import type { Frame } from '../../world/types.ts';
import { type Grey, halved } from '../measures/grey.ts';
import { luma } from '../measures/luma.ts';
import type { Sequence } from '../types.ts';

/** The dimensions that whole-picture alignment can see. */
export const ALIGNED_MOTIONS = ['forward', 'yaw', 'pitch', 'roll'] as const satisfies readonly Motion[];

/** What whole-picture alignment sees between two frames. */
export type AlignedMotion = Readonly<Record<(typeof ALIGNED_MOTIONS)[number], number>>;

/** Pictures are aligned at this width at most, and from this width at least upwards. */
const FINEST = 64;
const COARSEST = 8;
const ITERATIONS = 8;
/** At the coarsest level every shift up to this share of the width is tried. */
const REACH = 1 / 8;
/** A shift is taken up when it leaves less than this share of the difference. */
const CLEARLY = 0.6;
/** A step below this many pixels ends a level. */
const CONVERGED = 0.01;
/** Brightness differences beyond this many robust deviations count less (P. J. Huber, 1964). */
const HUBER = 1.345;

/**
 * The second judge of motion: aligns whole pictures and follows no feature, so it shares neither code nor
 * failure modes with the labeller.
 *
 * The best whole-pixel shift is searched at a coarse scale; then the next picture is warped by a shift, a zoom and a turn until its brightness fits the previous one: direct
 * alignment by Gauss–Newton from coarse to fine (B. D. Lucas, T. Kanade, "An Iterative Image Registration
 * Technique", IJCAI 1981; S. Baker, I. Matthews, "Lucas-Kanade 20 Years On", IJCV 56(3), 2004), with an offset
 * of brightness and Huber's weights. Sideways shift is read as yaw and upward shift as pitch (divided by the
 * focal length), zoom as forward motion in its own unit, turn as roll.
 *
 * @param focal length in pixels at the frames' size
 * @returns the motion that led to each frame, in radians; `forward` is the growth of the picture per frame
 */
export function alignedMotion({ before, frames }: Sequence, focal: number): AlignedMotion[] {
  let previous = pyramid(before);
  return frames.map((frame) => {
    const next = pyramid(frame);
    const motion = align(previous, next);
    previous = next;
    const pixels = before.width / previous.at(-1)!.width;
    return {
      forward: motion[2]!,
      yaw: (-motion[0]! * pixels) / focal,
      pitch: (motion[1]! * pixels) / focal,
      roll: -motion[3]!,
    };
  });
}

/** From the coarsest level to the finest. */
function pyramid(frame: Frame): Grey[] {
  let image: Grey = { width: frame.width, height: frame.height, level: luma(frame) };
  while (image.width > FINEST) image = halved(image);
  const levels = [image];
  while (image.width >= 2 * COARSEST && image.height >= 2 * COARSEST) {
    image = halved(image);
    levels.unshift(image);
  }
  return levels;
}

/** Shift x, y in pixels of the finest level, zoom and turn. */
function align(previous: readonly Grey[], next: readonly Grey[]): number[] {
  let motion = [...bestShift(previous[0]!, next[0]!), 0, 0];
  for (const [i, target] of next.entries()) {
    if (i > 0) motion = [2 * motion[0]!, 2 * motion[1]!, motion[2]!, motion[3]!];
    motion = refine(previous[i]!, target, motion);
  }
  return motion;
}

/**
 * The whole-pixel shift x, y under which two pictures differ least, so that fast motion is not lost; none where no
 * shift is much better than none.
 */
function bestShift(previous: Grey, next: Grey): [number, number] {
  const { width, height } = next;
  const [reachX, reachY] = [Math.round(REACH * width), Math.round(REACH * height)];
  let best: [number, number] = [0, 0];
  let least = CLEARLY * differenceVariance(previous, next, 0, 0);
  for (let ty = -reachY; ty <= reachY; ty++) {
    for (let tx = -reachX; tx <= reachX; tx++) {
      const difference = differenceVariance(previous, next, tx, ty);
      if (difference >= least) continue;
      least = difference;
      best = [tx, ty];
    }
  }
  return best;
}

/** Variance of next(x + shift) − previous(x) where both exist: a change of brightness does not count. */
function differenceVariance(previous: Grey, next: Grey, tx: number, ty: number): number {
  const { width, height } = next;
  let sum = 0;
  let squares = 0;
  let count = 0;
  for (let y = Math.max(0, -ty); y < Math.min(height, height - ty); y++) {
    for (let x = Math.max(0, -tx); x < Math.min(width, width - tx); x++) {
      const difference = next.level[(y + ty) * width + x + tx]! - previous.level[y * width + x]!;
      sum += difference;
      squares += difference * difference;
      count++;
    }
  }
  return squares / count - (sum / count) ** 2;
}

function refine(previous: Grey, next: Grey, start: readonly number[]): number[] {
  let motion = [...start];
  let spread = 20;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const { step, deviation } = gaussNewtonStep(previous, next, motion, spread);
    if (step === undefined) break;
    spread = deviation;
    motion = motion.map((value, k) => value + step[k]!);
    if (Math.hypot(step[0]!, step[1]!, step[2]! * next.width, step[3]! * next.width) < CONVERGED) break;
  }
  // A fit that ran away says nothing: the picture then counts as still.
  return motion.every((value, k) => Math.abs(value) < (k < 2 ? next.width / 2 : 0.5)) ? motion : [...start];
}

/** One weighted least-squares step for shift x, y, zoom, turn and an offset of brightness. */
function gaussNewtonStep(
  previous: Grey,
  next: Grey,
  [tx, ty, zoom, turn]: readonly number[],
  spread: number,
): { readonly step: number[] | undefined; readonly deviation: number } {
  const { width, height, level } = next;
  const [middleX, middleY] = [(width - 1) / 2, (height - 1) / 2];
  const normal = new Float64Array(25);
  const right = new Float64Array(5);
  const row = new Float64Array(5);
  let absolute = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const [u, v] = [x - middleX, y - middleY];
      const px = x + tx! + zoom! * u - turn! * v;
      const py = y + ty! + zoom! * v + turn! * u;
      const [left, top] = [Math.floor(px), Math.floor(py)];
      if (left < 0 || top < 0 || left >= width - 1 || top >= height - 1) continue;
      const [fx, fy] = [px - left, py - top];
      const at = top * width + left;
      const [a, b, c, d] = [level[at]!, level[at + 1]!, level[at + width]!, level[at + width + 1]!];
      const upper = a + (b - a) * fx;
      const lower = c + (d - c) * fx;
      const gx = (b - a) * (1 - fy) + (d - c) * fy;
      const gy = lower - upper;
      const error = previous.level[y * width + x]! - (upper + (lower - upper) * fy);
      absolute += Math.abs(error);
      count++;
      const weight = Math.min(1, (HUBER * spread) / Math.max(Math.abs(error), 1e-6));
      row[0] = gx;
      row[1] = gy;
      row[2] = gx * u + gy * v;
      row[3] = gy * u - gx * v;
      row[4] = 1;
      for (let i = 0; i < 5; i++) {
        const scaled = weight * row[i]!;
        right[i]! += scaled * error;
        for (let j = i; j < 5; j++) normal[5 * i + j]! += scaled * row[j]!;
      }
    }
  }
  if (count < (width * height) / 4) return { step: undefined, deviation: spread };
  // A little damping keeps a picture without texture from moving at all.
  for (let i = 0; i < 5; i++) {
    normal[6 * i]! += 1e-3 * count;
    for (let j = 0; j < i; j++) normal[5 * i + j] = normal[5 * j + i]!;
  }
  const step = solve(Matrix.from1DArray(5, 5, normal), Matrix.columnVector(right)).to1DArray();
  return { step, deviation: Math.max(1, (1.25 * absolute) / count) };
}
