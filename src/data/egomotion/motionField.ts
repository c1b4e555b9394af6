import { type Lens, ray } from './lens.ts';
import type { Tracks } from './tracker.ts';

/**
 * The linear equations of a pair of frames: each point gives two rows
 *
 *     flow = R · (rotation) + nearness · T · (translation)
 *
 * after the instantaneous motion field of Longuet-Higgins and Prazdny (1980), written on the sphere of viewing
 * directions so that it holds for wide lenses: a direction b seen by a camera that moves by t and turns by w
 * changes by b × w − (I − b bᵀ) t / distance.
 */
export interface MotionField {
  readonly count: number;
  /** Pixels, [count, 2]. */
  readonly flow: Float64Array;
  /** Pixels by radian, [count, 2, 3]: columns are turns about x (pitch), y (yaw) and z (roll). */
  readonly byRotation: Float64Array;
  /** Pixels by unit translation of a point at distance one, [count, 2, 3]: columns x, y, z. */
  readonly byTranslation: Float64Array;
  /** The nearness (1 / distance) that the canonical scene expects there, [count]. */
  readonly nearness: Float64Array;
}

/** Nearness of the background in the canonical scene, whose floor is one unit below the camera. */
const BACKGROUND_NEARNESS = 0.15;

/**
 * Nearness that a point is expected to have when nothing is known but its direction: a floor one unit below
 * the camera, and a background about seven units away. It fixes the unit of translation (one camera height)
 * in the same way for every frame of a camera, so that magnitudes can be compared over time.
 *
 * @param down the downward component of the unit viewing direction
 */
export function expectedNearness(down: number): number {
  return Math.hypot(Math.max(down, 0), BACKGROUND_NEARNESS);
}

/** Builds the equations of a pair of frames. Points are placed half-way, which makes the flow second-order exact. */
export function motionField(tracks: Tracks, lens: Lens): MotionField {
  const count = tracks.length / 4;
  const flow = new Float64Array(count * 2);
  const byRotation = new Float64Array(count * 6);
  const byTranslation = new Float64Array(count * 6);
  const nearness = new Float64Array(count);
  const view = new Float64Array(9);
  for (let i = 0; i < count; i++) {
    const [x0, y0, x1, y1] = [tracks[4 * i]!, tracks[4 * i + 1]!, tracks[4 * i + 2]!, tracks[4 * i + 3]!];
    flow[2 * i] = x1 - x0;
    flow[2 * i + 1] = y1 - y0;
    ray(lens, (x0 + x1) / 2, (y0 + y1) / 2, view);
    const [bx, by, bz] = [view[0]!, view[1]!, view[2]!];
    nearness[i] = expectedNearness(by);
    for (let row = 0; row < 2; row++) {
      const jx = view[3 + 3 * row]!;
      const jy = view[4 + 3 * row]!;
      const jz = view[5 + 3 * row]!;
      const at = 6 * i + 3 * row;
      byRotation[at] = jy * bz - jz * by;
      byRotation[at + 1] = jz * bx - jx * bz;
      byRotation[at + 2] = jx * by - jy * bx;
      byTranslation[at] = -jx;
      byTranslation[at + 1] = -jy;
      byTranslation[at + 2] = -jz;
    }
  }
  return { count, flow, byRotation, byTranslation, nearness };
}
