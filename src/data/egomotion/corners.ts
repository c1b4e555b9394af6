import { type Level, MARGIN } from './pyramid.ts';

/** Pixels to each side of one that its structure is measured over. */
const REACH = 2;
const SIZE = 2 * REACH + 1;
/** A corner is at least this strong, as a share of the strongest one. */
const QUALITY = 0.001;

/**
 * Finds corners after Shi and Tomasi ("Good features to track", 1994): the pixels where the smaller eigenvalue of the
 * structure tensor, over a window of five by five, is larger than all around. It keeps its memory from picture to
 * picture.
 */
export class CornerFinder {
  readonly #strength: Float32Array;
  /** Products of the slopes in the last rows, [SIZE, wide, 3], each row in the place of the one that left the window. */
  readonly #products: Float64Array;
  /** Their sums over these rows, [wide, 3]. */
  readonly #columns: Float64Array;

  /** @param width size of the levels that `find` takes */
  constructor(width: number, height: number) {
    const wide = width + 2 * REACH;
    this.#strength = new Float32Array(width * height);
    this.#products = new Float64Array(SIZE * wide * 3);
    this.#columns = new Float64Array(wide * 3);
  }

  /**
   * @param most how many to give at most
   * @param spacing the least distance between two, in pixels
   * @returns x and y of each in pixels of the level, the strongest first
   */
  find(level: Level, most: number, spacing: number): Float32Array {
    const { width, height } = level;
    this.#measure(level);
    const chosen = new Float32Array(2 * most);
    let count = 0;
    // Whatever is near a corner lies in its cell or in one around it.
    const columns = Math.ceil(width / spacing);
    const cells = new Map<number, number[]>();
    for (const peak of peaksOf(this.#strength, width, height)) {
      if (count === most) break;
      const [x, y] = [peak % width, Math.floor(peak / width)];
      const cell = Math.floor(y / spacing) * columns + Math.floor(x / spacing);
      if (isNear(cells, cell, columns, chosen, x, y, spacing)) continue;
      chosen[2 * count] = x;
      chosen[2 * count + 1] = y;
      const others = cells.get(cell);
      if (others === undefined) cells.set(cell, [count]);
      else others.push(count);
      count++;
    }
    return chosen.slice(0, 2 * count);
  }

  /** Finds the smaller eigenvalue around each pixel. The sums over the window are moved along, not made anew. */
  #measure({ width, height, stride, pixels }: Level): void {
    const products = this.#products.fill(0);
    const columns = this.#columns.fill(0);
    const strength = this.#strength;
    const wide = width + 2 * REACH;
    for (let row = 0; row < height + 2 * REACH; row++) {
      const from = (row - REACH + MARGIN) * stride + MARGIN - REACH;
      const to = (row % SIZE) * wide * 3;
      for (let x = 0, k = 0; x < wide; x++, k += 3) {
        const dx = pixels[from + x + 1]! - pixels[from + x - 1]!;
        const dy = pixels[from + x + stride]! - pixels[from + x - stride]!;
        const xx = dx * dx;
        const xy = dx * dy;
        const yy = dy * dy;
        columns[k] = columns[k]! + xx - products[to + k]!;
        columns[k + 1] = columns[k + 1]! + xy - products[to + k + 1]!;
        columns[k + 2] = columns[k + 2]! + yy - products[to + k + 2]!;
        products[to + k] = xx;
        products[to + k + 1] = xy;
        products[to + k + 2] = yy;
      }
      if (row < SIZE - 1) continue;
      let xx = 0;
      let xy = 0;
      let yy = 0;
      for (let k = 0; k < 3 * (SIZE - 1); k += 3) {
        xx += columns[k]!;
        xy += columns[k + 1]!;
        yy += columns[k + 2]!;
      }
      const at = (row - SIZE + 1) * width;
      for (let x = 0, k = 0; x < width; x++, k += 3) {
        xx += columns[k + 3 * (SIZE - 1)]!;
        xy += columns[k + 3 * (SIZE - 1) + 1]!;
        yy += columns[k + 3 * (SIZE - 1) + 2]!;
        strength[at + x] = (xx + yy - Math.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy)) / 2;
        xx -= columns[k]!;
        xy -= columns[k + 1]!;
        yy -= columns[k + 2]!;
      }
    }
  }
}

function isNear(
  cells: ReadonlyMap<number, readonly number[]>,
  cell: number,
  columns: number,
  chosen: Float32Array,
  x: number,
  y: number,
  spacing: number,
): boolean {
  for (let down = -1; down <= 1; down++) {
    for (let right = -1; right <= 1; right++) {
      for (const other of cells.get(cell + down * columns + right) ?? []) {
        const [dx, dy] = [chosen[2 * other]! - x, chosen[2 * other + 1]! - y];
        if (dx * dx + dy * dy < spacing * spacing) return true;
      }
    }
  }
  return false;
}

/** Indices of the pixels that are stronger than all around, the strongest first, without the very weak ones. */
function peaksOf(strength: Float32Array, width: number, height: number): number[] {
  let strongest = 0;
  for (let i = 0; i < strength.length; i++) if (strength[i]! > strongest) strongest = strength[i]!;
  const limit = QUALITY * strongest;
  const peaks: number[] = [];
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const value = strength[at]!;
      if (
        value > limit &&
        value >= strength[at - 1]! &&
        value > strength[at + 1]! &&
        value >= strength[at - width]! &&
        value > strength[at + width]! &&
        value >= strength[at - width - 1]! &&
        value >= strength[at - width + 1]! &&
        value > strength[at + width - 1]! &&
        value > strength[at + width + 1]!
      ) {
        peaks.push(at);
      }
    }
  }
  return peaks.sort((a, b) => strength[b]! - strength[a]! || a - b);
}
