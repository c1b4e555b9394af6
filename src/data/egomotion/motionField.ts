import { type Lens, ray } from './lens.ts';
import { type NearnessMap, nearnessAt } from './nearnessMap.ts';
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
  /** Half-way between the two positions, [count, 2]. */
  readonly place: Float64Array;
  /** Pixels, [count, 2]. */
  readonly flow: Float64Array;
  /** Pixels by radian, [count, 2, 3]: columns are turns about x (pitch), y (yaw) and z (roll). */
  readonly byRotation: Float64Array;
  /** Pixels by unit translation of a point at distance one, [count, 2, 3]: columns x, y, z. */
  readonly byTranslation: Float64Array;
  /** The nearness (1 / distance) that is expected there, [count]. */
  readonly nearness: Float64Array;
}

/** Builds the equations of a pair of frames. Points are placed half-way, which makes the flow second-order exact. */
export function motionField(tracks: Tracks, lens: Lens, expected: NearnessMap): MotionField {
  const count = tracks.length / 4;
  const flow = new Float64Array(count * 2);
  const byRotation = new Float64Array(count * 6);
  const byTranslation = new Float64Array(count * 6);
  const place = new Float64Array(count * 2);
  const nearness = new Float64Array(count);
  const view = new Float64Array(9);
  for (let i = 0; i < count; i++) {
    const [x0, y0, x1, y1] = [tracks[4 * i]!, tracks[4 * i + 1]!, tracks[4 * i + 2]!, tracks[4 * i + 3]!];
    flow[2 * i] = x1 - x0;
    flow[2 * i + 1] = y1 - y0;
    place[2 * i] = (x0 + x1) / 2;
    place[2 * i + 1] = (y0 + y1) / 2;
    ray(lens, place[2 * i]!, place[2 * i + 1]!, view);
    const [bx, by, bz] = [view[0]!, view[1]!, view[2]!];
    nearness[i] = nearnessAt(expected, lens, place[2 * i]!, place[2 * i + 1]!);
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
  return { count, place, flow, byRotation, byTranslation, nearness };
}
