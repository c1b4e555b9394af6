/** Minimum, maximum, mean and standard deviation of each dimension of a feature, as LeRobot keeps them. */
export interface FeatureStats {
  readonly min: readonly number[];
  readonly max: readonly number[];
  readonly mean: readonly number[];
  readonly std: readonly number[];
  readonly count: readonly [number];
}

/**
 * Statistics over rows.
 *
 * @param values [rows, dimensions]
 */
export function featureStats(values: ArrayLike<number>, dimensions: number): FeatureStats {
  const rows = values.length / dimensions;
  const columns = Array.from({ length: dimensions }, (_, k) => {
    let [min, max, sum] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
    for (let t = 0; t < rows; t++) {
      const value = values[t * dimensions + k]!;
      min = Math.min(min, value);
      max = Math.max(max, value);
      sum += value;
    }
    const mean = sum / rows;
    let squares = 0;
    for (let t = 0; t < rows; t++) squares += (values[t * dimensions + k]! - mean) ** 2;
    return { min, max, mean, std: Math.sqrt(squares / rows) };
  });
  return {
    min: columns.map((column) => column.min),
    max: columns.map((column) => column.max),
    mean: columns.map((column) => column.mean),
    std: columns.map((column) => column.std),
    count: [rows],
  };
}

/** Collects the statistics of pictures as they go by: per colour channel, 0 … 1, as LeRobot keeps them. */
export class PictureStats {
  readonly #min = [255, 255, 255];
  readonly #max = [0, 0, 0];
  readonly #sum = [0, 0, 0];
  readonly #squares = [0, 0, 0];
  #pixels = 0;
  #frames = 0;

  /** @param frame uint8 [height, width, 3] */
  add(frame: Uint8Array): void {
    for (let i = 0; i < frame.length; i++) {
      const channel = i % 3;
      const value = frame[i]!;
      if (value < this.#min[channel]!) this.#min[channel] = value;
      if (value > this.#max[channel]!) this.#max[channel] = value;
      this.#sum[channel]! += value;
      this.#squares[channel]! += value * value;
    }
    this.#pixels += frame.length / 3;
    this.#frames++;
  }

  /** Each number stands in a [3, 1, 1] array. */
  result(): Record<'min' | 'max' | 'mean' | 'std', number[][][]> & { count: [number] } {
    const perChannel = (value: (channel: number) => number): number[][][] =>
      [0, 1, 2].map((c) => [[value(c)]]);
    const mean = (c: number): number => this.#sum[c]! / this.#pixels;
    return {
      min: perChannel((c) => this.#min[c]! / 255),
      max: perChannel((c) => this.#max[c]! / 255),
      mean: perChannel((c) => mean(c) / 255),
      std: perChannel((c) => Math.sqrt(Math.max(0, this.#squares[c]! / this.#pixels - mean(c) ** 2)) / 255),
      count: [this.#frames],
    };
  }
}
