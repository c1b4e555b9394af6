/** What can be said of a picture without understanding it. */
export interface FrameLook {
  readonly brightness: number;
  readonly texture: number;
  readonly change: number;
  /** Shares of 16 levels of brightness. */
  readonly histogram: Float64Array;
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
  let steps = 0;
  let change = 0;
  for (let i = 0; i < grey.length; i++) {
    const value = grey[i]!;
    sum += value;
    histogram[value >> 4]! += 1;
    if (i % width !== 0) steps += Math.abs(value - grey[i - 1]!);
    if (previous !== undefined) change += Math.abs(value - previous[i]!);
  }
  const pixels = grey.length;
  return {
    brightness: sum / pixels,
    texture: steps / pixels,
    change: change / pixels,
    histogram: histogram.map((count) => count / pixels),
  };
}
