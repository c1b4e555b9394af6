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

/** Every so many rows are looked at, which says as much as all of them. */
const ROW_STEP = 2;

/**
 * Measures a grey picture.
 *
 * @param grey uint8 [height, width]
 * @param previous the picture before it, if any
 */
export function lookOf(grey: Uint8Array, width: number, previous: Uint8Array | undefined): FrameLook {
  const counts = new Uint32Array(256);
  const pixels = Math.ceil(grey.length / width / ROW_STEP) * width;
  let steps = 0;
  let change = 0;
  for (let row = 0; row < grey.length; row += ROW_STEP * width) {
    let left = grey[row]!;
    for (let i = row; i < row + width; i++) {
      const value = grey[i]!;
      counts[value]!++;
      steps += Math.abs(value - left);
      left = value;
    }
    if (previous === undefined) continue;
    for (let i = row; i < row + width; i++) change += Math.abs(grey[i]! - previous[i]!);
  }
  let [sum, squares] = [0, 0];
  const histogram = new Float64Array(16);
  for (const [value, count] of counts.entries()) {
    sum += value * count;
    squares += value * value * count;
    histogram[value >> 4]! += count / pixels;
  }
  const brightness = sum / pixels;
  return {
    brightness,
    texture: steps / pixels,
    contrast: Math.sqrt(Math.max(0, squares / pixels - brightness ** 2)),
    change: change / pixels,
    histogram,
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
  const patches = new Float64Array(HASH_COLUMNS);
  for (let row = 0; row < HASH_ROWS; row++) {
    const top = Math.floor((row * height) / HASH_ROWS);
    const bottom = Math.floor(((row + 1) * height) / HASH_ROWS);
    for (let column = 0; column < HASH_COLUMNS; column++) {
      const left = Math.floor((column * width) / HASH_COLUMNS);
      const right = Math.floor(((column + 1) * width) / HASH_COLUMNS);
      let [sum, count] = [0, 0];
      for (let y = top; y < bottom; y += ROW_STEP) {
        for (let x = left; x < right; x++) sum += grey[y * width + x]!;
        count += right - left;
      }
      patches[column] = sum / Math.max(1, count);
    }
    for (let column = 0; column < HASH_COLUMNS - 1; column++) {
      const bit = row * (HASH_COLUMNS - 1) + column;
      if (patches[column]! > patches[column + 1]!) words[bit >> 4]! |= 1 << (bit & 15);
    }
  }
  return words;
}
