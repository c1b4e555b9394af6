import { followPoint } from './lucasKanade.ts';
import type { Level } from './pyramid.ts';

/** A point is there when a step is this short, in pixels. */
const SHORTEST_STEP = 0.03;
/** Coarse levels only have to bring a point near enough for the next. */
const SHORTEST_COARSE_STEP = 0.1;
/** From this level of the pyramid on, the points of a cell share their way; the cell's side in pixels of the level. */
const SHARED_LEVEL = 2;
const CELL = 6;

/**
 * Follows points from one picture to the next, from the coarsest level of a pyramid to the full size (Bouguet, 2000).
 * On coarse levels neighbours have nearly the same window, so the way that one has found is that of all in its cell.
 */
export class PyramidFlow {
  readonly #from: readonly Level[];
  readonly #to: readonly Level[];
  /** By cell, which also tells the level, the flow in pixels of the full size. */
  readonly #shared = new Map<number, readonly [number, number]>();

  /**
   * @param from the first picture, the full size first
   * @param to the second picture
   */
  constructor(from: readonly Level[], to: readonly Level[]) {
    this.#from = from;
    this.#to = to;
  }

  /**
   * Follows a point from the first picture to the second.
   *
   * @param x where the point is, in pixels of the full size
   * @param place x and y of where it is in the second picture, afterwards
   * @returns whether it could be followed
   */
  follow(x: number, y: number, place: Float64Array): boolean {
    let flowX = 0;
    let flowY = 0;
    for (let k = this.#from.length - 1; k > 0; k--) {
      const scale = 1 / 2 ** k;
      const px = (x + 0.5) * scale - 0.5;
      const py = (y + 0.5) * scale - 0.5;
      const cell = k < SHARED_LEVEL ? undefined : cellOf(this.#from, k, px, py);
      const shared = cell === undefined ? undefined : this.#shared.get(cell);
      if (shared !== undefined) {
        [flowX, flowY] = shared;
        continue;
      }
      place[0] = px + flowX * scale;
      place[1] = py + flowY * scale;
      if (!followPoint(this.#from[k]!, this.#to[k]!, px, py, place, SHORTEST_COARSE_STEP)) continue;
      flowX = (place[0] - px) / scale;
      flowY = (place[1] - py) / scale;
      if (cell !== undefined) this.#shared.set(cell, [flowX, flowY]);
    }
    place[0] = x + flowX;
    place[1] = y + flowY;
    return followPoint(this.#from[0]!, this.#to[0]!, x, y, place, SHORTEST_STEP);
  }

  /**
   * Follows a point back from the second picture to the first, at the full size alone.
   *
   * @param place x and y of where it is expected, and afterwards of where it is
   */
  back(x: number, y: number, place: Float64Array): boolean {
    return followPoint(this.#to[0]!, this.#from[0]!, x, y, place, SHORTEST_STEP);
  }
}

function cellOf(levels: readonly Level[], k: number, x: number, y: number): number {
  const columns = Math.ceil(levels[k]!.width / CELL) + 1;
  return (Math.round(y / CELL) * columns + Math.round(x / CELL)) * levels.length + k;
}
