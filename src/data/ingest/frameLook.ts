/** What can be said of a picture without understanding it. */
export interface FrameLook {
  readonly brightness: number;
  readonly texture: number;
  readonly contrast: number;
  readonly change: number;
  /** Shares of 16 levels of brightness. */
  readonly histogram: Float64Array;
  /** The picture's difference hash: 64 bits in four words of 16. */
  readonly hash: readonly number[];
}

/**
 * Measures a grey picture.
 *
 * @param grey uint8 [height, width]
 * @param previous the picture before it, if any
 */
export function lookOf(grey: Uint8Array, width: number, previous: Uint8Array | undefined): FrameLook {
  const histogram = new Float64Array(16);
  let sum = 0;
  let squares = 0;
  let steps = 0;
  let change = 0;
  for (let i = 0; i < grey.length; i++) {
    const value = grey[i]!;
    sum += value;
    squares += value * value;
    histogram[value >> 4]! += 1;
    if (i % width !== 0) steps += Math.abs(value - grey[i - 1]!);
    if (previous !== undefined) change += Math.abs(value - previous[i]!);
  }
  const pixels = grey.length;
  const brightness = sum / pixels;
  return {
    brightness,
    texture: steps / pixels,
    contrast: Math.sqrt(Math.max(0, squares / pixels - brightness ** 2)),
    change: change / pixels,
    histogram: histogram.map((count) => count / pixels),
    hash: differenceHash(grey, width),
  };
}

const HASH_ROWS = 8;
const HASH_COLUMNS = 9;

/**
 * The difference hash (Krawetz, 2013): is each of 9 × 8 patches brighter than its right neighbour? Pictures that
 * were scaled, re-encoded or brightened keep nearly all of their bits.
 */
function differenceHash(grey: Uint8Array, width: number): number[] {
  const height = grey.length / width;
  const words = [0, 0, 0, 0];
  for (let row = 0; row < HASH_ROWS; row++) {
    const patches = Array.from({ length: HASH_COLUMNS }, (_, column) => {
      const [x0, x1] = [column, column + 1].map((edge) => Math.floor((edge * width) / HASH_COLUMNS));
      const [y0, y1] = [row, row + 1].map((edge) => Math.floor((edge * height) / HASH_ROWS));
      let sum = 0;
      for (let y = y0!; y < y1!; y++) for (let x = x0!; x < x1!; x++) sum += grey[y * width + x]!;
      return sum / Math.max(1, (x1! - x0!) * (y1! - y0!));
    });
    for (let column = 0; column < HASH_COLUMNS - 1; column++) {
      const bit = row * (HASH_COLUMNS - 1) + column;
      if (patches[column]! > patches[column + 1]!) words[bit >> 4]! |= 1 << (bit & 15);
    }
  }
  return words;
}
