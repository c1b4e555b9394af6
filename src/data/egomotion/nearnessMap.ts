import { quantile } from '../statistics.ts';
import type { Twist } from './fitMotion.ts';
import { type Lens, ray } from './lens.ts';
import type { MotionField } from './motionField.ts';

/**
 * The nearness (1 / distance) that is expected in each part of the picture, on a grid that covers it.
 *
 * A camera on a vehicle or in a hand sees near things in the same parts of its picture most of the time: the
 * ground below, whatever stands at the sides. Knowing that keeps turning and moving apart.
 */
export interface NearnessMap {
  readonly columns: number;
  readonly rows: number;
  /** [rows, columns] */
  readonly values: readonly number[];
}

const COLUMNS = 8;
const ROWS = 6;
/** Nearness of the background in the canonical scene, whose floor is one unit below the camera. */
const BACKGROUND = 0.15;
const NEAREST = 4;
const FARTHEST = 0.02;
/** Observations that weigh as much as the canonical scene in a cell. */
const PRIOR_COUNT = 10;
/** Flow by translation, in pixels, from which a point tells its distance. */
const TELLING_FLOW = 0.7;
/** A point counts only if it would stay in the picture moving this much faster than expected. */
const REACH = 2;

/**
 * The canonical scene: a floor one unit below the camera, and a background about seven units away. It fixes
 * the unit of translation, about one camera height, so that magnitudes can be compared over time.
 */
export function canonicalNearness(lens: Lens): NearnessMap {
  const view = new Float64Array(9);
  const values: number[] = [];
  for (let row = 0; row < ROWS; row++) {
    for (let column = 0; column < COLUMNS; column++) {
      ray(
        lens,
        ((column + 0.5) / COLUMNS) * lens.width - 0.5,
        ((row + 0.5) / ROWS) * lens.height - 0.5,
        view,
      );
      values.push(Math.hypot(Math.max(view[1]!, 0), BACKGROUND));
    }
  }
  return { columns: COLUMNS, rows: ROWS, values };
}

/** The expected nearness at a pixel, interpolated between the middles of the cells. */
export function nearnessAt(map: NearnessMap, lens: Lens, x: number, y: number): number {
  const { columns, rows, values } = map;
  const u = Math.min(Math.max(((x + 0.5) / lens.width) * columns - 0.5, 0), columns - 1.001);
  const v = Math.min(Math.max(((y + 0.5) / lens.height) * rows - 0.5, 0), rows - 1.001);
  const [column, row] = [Math.floor(u), Math.floor(v)];
  const [right, down] = [u - column, v - row];
  const at = row * columns + column;
  const top = values[at]! * (1 - right) + values[at + 1]! * right;
  const bottom = values[at + columns]! * (1 - right) + values[at + columns + 1]! * right;
  return top * (1 - down) + bottom * down;
}

/** A pair's equations with the motion that was fitted to them. */
export interface FittedField {
  readonly field: MotionField;
  readonly twist: Twist;
}

/**
 * Learns where near things are from fitted motions: the median nearness of each cell, drawn towards the map
 * before where little was seen. The overall level stays that of the map before, so the unit of translation
 * does not drift.
 */
export function learnNearness(before: NearnessMap, lens: Lens, fitted: readonly FittedField[]): NearnessMap {
  const cells: number[][] = before.values.map(() => []);
  for (const { field, twist } of fitted) collect(before, lens, field, twist, cells);
  const learned = cells.map((seen, cell) => {
    const prior = Array.from({ length: PRIOR_COUNT }, () => before.values[cell]!);
    return Math.min(Math.max(quantile([...seen, ...prior], 0.5), FARTHEST), NEAREST);
  });
  const drift = quantile(
    learned.map((value, cell) => Math.log(value / before.values[cell]!)),
    0.5,
  );
  const values = learned.map((value) => value * Math.exp(-drift));
  return { ...before, values };
}

function collect(map: NearnessMap, lens: Lens, field: MotionField, twist: Twist, cells: number[][]): void {
  const { byRotation: r, byTranslation: t, flow, place } = field;
  for (let i = 0; i < field.count; i++) {
    const at = 6 * i;
    const gx = t[at]! * twist[0]! + t[at + 1]! * twist[1]! + t[at + 2]! * twist[2]!;
    const gy = t[at + 3]! * twist[0]! + t[at + 4]! * twist[1]! + t[at + 5]! * twist[2]!;
    const squared = gx * gx + gy * gy;
    if (Math.sqrt(squared) * field.nearness[i]! < TELLING_FLOW) continue;
    const turnX = r[at]! * twist[3]! + r[at + 1]! * twist[4]! + r[at + 2]! * twist[5]!;
    const turnY = r[at + 3]! * twist[3]! + r[at + 4]! * twist[4]! + r[at + 5]! * twist[5]!;
    // Near a border only what moves slowly stays in the picture: its distance would be overestimated.
    const reachX = place[2 * i]! - flow[2 * i]! / 2 + REACH * (turnX + field.nearness[i]! * gx);
    const reachY = place[2 * i + 1]! - flow[2 * i + 1]! / 2 + REACH * (turnY + field.nearness[i]! * gy);
    if (reachX < 0 || reachY < 0 || reachX > lens.width - 1 || reachY > lens.height - 1) continue;
    const ex = flow[2 * i]! - turnX;
    const ey = flow[2 * i + 1]! - turnY;
    const along = (ex * gx + ey * gy) / Math.sqrt(squared);
    const across = Math.abs(ex * gy - ey * gx) / Math.sqrt(squared);
    // What does not lie on the epipolar line belongs to something that moves by itself.
    if (across > 1 + 0.3 * Math.abs(along)) continue;
    const column = Math.floor((place[2 * i]! / lens.width) * map.columns);
    const row = Math.floor((place[2 * i + 1]! / lens.height) * map.rows);
    cells[row * map.columns + column]?.push(along / Math.sqrt(squared));
  }
}
