/** Pixels beyond the edges of each level, which repeat the edge: room for a window around any point of the picture. */
export const MARGIN = 8;

/** One level of a pyramid, with a margin on all sides. */
export interface Level {
  readonly width: number;
  readonly height: number;
  /** Numbers in a row: the width and both margins. */
  readonly stride: number;
  /** Grey levels, [height + 2 margins, stride]. */
  readonly pixels: Float32Array;
}

/** Room for the pyramid of one picture: a picture and its halves, the full size first. */
export function emptyPyramid(width: number, height: number, levels: number): Level[] {
  return Array.from({ length: levels }, (_, k) => {
    const [wide, high] = [Math.ceil(width / 2 ** k), Math.ceil(height / 2 ** k)];
    const stride = wide + 2 * MARGIN;
    return { width: wide, height: high, stride, pixels: new Float32Array(stride * (high + 2 * MARGIN)) };
  });
}

/**
 * Fills a pyramid. A pixel of a level is the average of the 4 × 4 pixels below it, weighted 1 3 3 1, so its middle
 * lies between the middles of two of theirs: x at one level is (x − ½) / 2 at the next.
 *
 * @param grey uint8 [height, width]
 */
export function fillPyramid(levels: readonly Level[], grey: Uint8Array): void {
  let below: Level | undefined;
  for (const level of levels) {
    if (below === undefined) copyPicture(level, grey);
    else halve(below, level);
    repeatEdges(level);
    below = level;
  }
}

function copyPicture({ width, height, stride, pixels }: Level, grey: Uint8Array): void {
  for (let y = 0; y < height; y++) {
    pixels.set(grey.subarray(y * width, (y + 1) * width), (y + MARGIN) * stride + MARGIN);
  }
}

function halve(from: Level, to: Level): void {
  const { stride, pixels } = from;
  const columns = new Float32Array(stride);
  for (let y = 0; y < to.height; y++) {
    const top = (2 * y - 1 + MARGIN) * stride;
    for (let x = 0; x < stride; x++) {
      const at = top + x;
      columns[x] =
        pixels[at]! + 3 * (pixels[at + stride]! + pixels[at + 2 * stride]!) + pixels[at + 3 * stride]!;
    }
    const row = (y + MARGIN) * to.stride + MARGIN;
    for (let x = 0; x < to.width; x++) {
      const at = 2 * x - 1 + MARGIN;
      to.pixels[row + x] =
        (columns[at]! + 3 * (columns[at + 1]! + columns[at + 2]!) + columns[at + 3]!) * (1 / 64);
    }
  }
}

function repeatEdges({ width, height, stride, pixels }: Level): void {
  for (let y = MARGIN; y < height + MARGIN; y++) {
    const row = y * stride;
    pixels.fill(pixels[row + MARGIN]!, row, row + MARGIN);
    pixels.fill(pixels[row + MARGIN + width - 1]!, row + MARGIN + width, row + stride);
  }
  const last = (height + MARGIN - 1) * stride;
  for (let y = 0; y < MARGIN; y++) {
    pixels.copyWithin(y * stride, MARGIN * stride, (MARGIN + 1) * stride);
    pixels.copyWithin(last + (y + 1) * stride, last, last + stride);
  }
}
