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

/**
 * One normalised unit of each dimension: the 85th percentile of |value|, or where that is larger, four times
 * the dimension's noise. The noise is the typical change from one frame to the next that the neighbours do not
 * share (half the median absolute second difference, scaled to a standard deviation), since a real camera has
 * inertia and noise has none. A dimension that only holds noise thus stays well below one unit.
 *
 * @param episodes displacements of each episode
 * @returns six positive numbers
 */
export function actionScale(episodes: readonly Displacements[]): number[] {
  return MOTIONS.map((_, k) => {
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
}
