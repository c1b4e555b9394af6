import { Matrix, solve } from 'ml-matrix';
import type { Frame } from '../../world/types.ts';
import { type Grey, halved } from '../measures/grey.ts';
import { luma } from '../measures/luma.ts';
import type { Sequence } from '../types.ts';
import { ALIGNED_MOTIONS, cameraFields, type Projection } from './cameraFields.ts';

/** What whole-picture alignment sees between two frames. */
export type AlignedMotion = Readonly<Record<(typeof ALIGNED_MOTIONS)[number], number>>;

/** A picture at one scale, and which way its pixels go under each motion. */
interface Level {
  readonly image: Grey;
  /** See `cameraFields`. */
  readonly fields: Float64Array;
}

/** Pictures are aligned at this width at most, and from this width at least upwards. */
const FINEST = 64;
const COARSEST = 8;
const ITERATIONS = 8;
/** At the coarsest level every shift up to this share of the width is tried. */
const REACH = 1 / 8;
/** A shift is taken up when it leaves less than this share of the difference. */
const CLEARLY = 0.6;
/** A step that moves no pixel by more than about this much ends a level. */
const CONVERGED = 0.01;
/** Brightness differences beyond this many robust deviations count less (P. J. Huber, 1964). */
const HUBER = 1.345;
const MOTIONS = ALIGNED_MOTIONS.length;
/** The motions, and an offset of brightness. */
const UNKNOWNS = MOTIONS + 1;

/**
 * The second judge of motion: aligns whole pictures and follows no feature, so it shares neither code nor
 * failure modes with the labeller.
 *
 * The best whole-pixel shift is searched at a coarse scale; then the next picture is warped by a motion of the camera
 * until its brightness fits the previous one: direct alignment by Gauss–Newton from coarse to fine (B. D. Lucas,
 * T. Kanade, "An Iterative Image Registration Technique", IJCAI 1981; S. Baker, I. Matthews, "Lucas-Kanade 20 Years
 * On", IJCV 56(3), 2004), with an offset of brightness and Huber's weights. The motion is a turn of the camera about
 * its three axes and a move forward over a floor (`cameraFields`). The result is averaged over three frames, as
 * labels are.
 *
 * @param lens at the frames' size
 * @returns the motion that led to each frame, in radians; `forward` in heights of the camera above the floor
 */
export function alignedMotion({ before, frames }: Sequence, lens: Projection): AlignedMotion[] {
  const fields = fieldsOfLevels(lens);
  let previous = pyramid(before, fields);
  const motions = frames.map((frame) => {
    const next = pyramid(frame, fields);
    const motion = align(previous, next);
    previous = next;
    return motion;
  });
  return motions.map((_, t) => {
    const near = motions.slice(Math.max(0, t - 1), t + 2);
    const [forward, yaw, pitch, roll] = ALIGNED_MOTIONS.map(
      (_, k) => near.reduce((sum, motion) => sum + motion[k]!, 0) / near.length,
    ) as [number, number, number, number];
    return { forward, yaw, pitch, roll };
  });
}

/** From the coarsest level to the finest. */
function fieldsOfLevels(lens: Projection): Float64Array[] {
  const levels: Float64Array[] = [];
  let { width, height } = lens;
  while (levels.length === 0 || (width >= COARSEST && height >= COARSEST)) {
    if (width <= FINEST) {
      levels.unshift(cameraFields({ ...lens, width, height, focal: (lens.focal * width) / lens.width }));
    }
    [width, height] = [Math.floor(width / 2), Math.floor(height / 2)];
  }
  return levels;
}

function pyramid(frame: Frame, fields: readonly Float64Array[]): Level[] {
  let image: Grey = { width: frame.width, height: frame.height, level: luma(frame) };
  while (image.width > FINEST) image = halved(image);
  return fields
    .toReversed()
    .map((field, index) => {
      if (index > 0) image = halved(image);
      return { image, fields: field };
    })
    .reverse();
}

/** The motions in the order of `ALIGNED_MOTIONS`. */
function align(previous: readonly Level[], next: readonly Level[]): number[] {
  let motion = firstGuess(previous[0]!.image, next[0]!);
  for (const [i, target] of next.entries()) motion = refine(previous[i]!.image, target, motion);
  return motion;
}

/** The best whole-pixel shift of the picture as a turn, since turning shifts it evenly. */
function firstGuess(previous: Grey, { image, fields }: Level): number[] {
  const [x, y] = bestShift(previous, image);
  const { width, height } = image;
  const middle = 2 * (Math.floor(height / 2) * width + Math.floor(width / 2));
  const plane = 2 * width * height;
  const yaw = x / fields[ALIGNED_MOTIONS.indexOf('yaw') * plane + middle]!;
  const pitch = y / fields[ALIGNED_MOTIONS.indexOf('pitch') * plane + middle + 1]!;
  return [0, yaw, pitch, 0];
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

function refine(previous: Grey, next: Level, start: readonly number[]): number[] {
  const { width } = next.image;
  let motion = [...start];
  let spread = 20;
  for (let iteration = 0; iteration < ITERATIONS; iteration++) {
    const { step, deviation } = gaussNewtonStep(previous, next, motion, spread);
    if (step === undefined) break;
    spread = deviation;
    motion = motion.map((value, k) => value + step[k]!);
    if (step.slice(0, MOTIONS).every((value) => Math.abs(value) * width < CONVERGED)) break;
  }
  // A fit that ran away says nothing: the picture then counts as still.
  return motion.every((value) => Math.abs(value) < 1) ? motion : [...start];
}

/** One weighted least-squares step for the motions and an offset of brightness. */
function gaussNewtonStep(
  previous: Grey,
  { image, fields }: Level,
  motion: readonly number[],
  spread: number,
): { readonly step: number[] | undefined; readonly deviation: number } {
  const { width, height, level } = image;
  const plane = 2 * width * height;
  const normal = new Float64Array(UNKNOWNS * UNKNOWNS);
  const right = new Float64Array(UNKNOWNS);
  const row = new Float64Array(UNKNOWNS);
  let absolute = 0;
  let count = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const place = 2 * (y * width + x);
      let [px, py] = [x, y];
      for (let k = 0; k < MOTIONS; k++) {
        px += motion[k]! * fields[k * plane + place]!;
        py += motion[k]! * fields[k * plane + place + 1]!;
      }
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
      for (let k = 0; k < MOTIONS; k++) {
        row[k] = gx * fields[k * plane + place]! + gy * fields[k * plane + place + 1]!;
      }
      row[MOTIONS] = 1;
      for (let i = 0; i < UNKNOWNS; i++) {
        const scaled = weight * row[i]!;
        right[i]! += scaled * error;
        for (let j = i; j < UNKNOWNS; j++) normal[UNKNOWNS * i + j]! += scaled * row[j]!;
      }
    }
  }
  if (count < (width * height) / 4) return { step: undefined, deviation: spread };
  // A little damping keeps a picture without texture from moving at all.
  for (let i = 0; i < UNKNOWNS; i++) {
    normal[(UNKNOWNS + 1) * i]! += 1e-3 * count * (i < MOTIONS ? width : 1);
    for (let j = 0; j < i; j++) normal[UNKNOWNS * i + j] = normal[UNKNOWNS * j + i]!;
  }
  const step = solve(Matrix.from1DArray(UNKNOWNS, UNKNOWNS, normal), Matrix.columnVector(right)).to1DArray();
  return { step, deviation: Math.max(1, (1.25 * absolute) / count) };
}
