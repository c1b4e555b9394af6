import { MOTIONS } from '../../world/manifest.ts';
import { quantile } from '../statistics.ts';

/** Displacement of every frame, float64 [frames, 6] in the order of `MOTIONS`. */
export type Displacements = Float64Array;

/** Share of the frames that stay within one unit: typical driving reaches about 1, and 3 is rare. */
const TYPICAL = 0.85;
/** A unit is at least this many times the dimension's own noise, so that noise stays small. */
const NOISE_UNITS = 4;
/** The least unit of each dimension, in its own unit: what the eye would not call a motion. */
const SMALLEST = [0.02, 0.02, 0.02, 0.01, 0.01, 0.01];

/** Dimensions of one kind, and the least share of the largest unit among them that each unit has. */
const KINDS = [
  { members: ['forward', 'strafe', 'vertical'], share: 0.4 },
  { members: ['yaw', 'pitch', 'roll'], share: 0.3 },
] as const;

/**
 * One normalised unit of each dimension: the 85th percentile of |value|, or where that is larger, four times
 * the dimension's noise. The noise is the typical change from one frame to the next that the neighbours do not
 * share (half the median absolute second difference, scaled to a standard deviation), since a real camera has
 * inertia and noise has none. A dimension that only holds noise thus stays well below one unit. Dimensions of one kind are also
 * compared with each other: a car's sway is not made as large as its driving, so no unit is less than 0.4 (moves)
 * or 0.3 (turns) of the largest of its kind.
 *
 * @param episodes displacements of each episode
 * @returns six positive numbers
 */
export function actionScale(episodes: readonly Displacements[]): number[] {
  const units = MOTIONS.map((_, k) => {
    const sizes: number[] = [];
    const wobbles: number[] = [];
    for (const episode of episodes) {
      const rows = episode.length / MOTIONS.length;
      for (let t = 0; t < rows; t++) {
        const now = episode[t * MOTIONS.length + k]!;
        sizes.push(Math.abs(now));
        if (t === 0 || t === rows - 1) continue;
        const before = episode[(t - 1) * MOTIONS.length + k]!;
        const after = episode[(t + 1) * MOTIONS.length + k]!;
        wobbles.push(Math.abs(before - 2 * now + after));
      }
    }
    const moving = sizes.filter((size) => size > SMALLEST[k]! / 10);
    const noise = (quantile(wobbles, 0.5) * 1.4826) / Math.sqrt(6);
    return Math.max(quantile(moving, TYPICAL), NOISE_UNITS * noise, SMALLEST[k]!);
  });
  return MOTIONS.map((motion, k) => {
    const kind = KINDS.find(({ members }) => members.some((member) => member === motion));
    const largest = Math.max(...(kind?.members ?? [motion]).map((member) => units[MOTIONS.indexOf(member)]!));
    return Math.max(units[k]!, largest * (kind?.share ?? 1));
  });
}
