/** A picture of one channel, row by row. */
export interface Grey {
  readonly width: number;
  readonly height: number;
  readonly level: Float32Array;
}

/** Half the size, each pixel the mean of the four it stands for; an odd last row or column is dropped. */
export function halved({ width, height, level }: Grey): Grey {
  const columns = Math.max(1, width >> 1);
  const rows = Math.max(1, height >> 1);
  const out = new Float32Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const at = 2 * y * width + 2 * x;
      out[y * columns + x] = (level[at]! + level[at + 1]! + level[at + width]! + level[at + width + 1]!) / 4;
    }
  }
  return { width: columns, height: rows, level: out };
}
