import { z } from 'zod';

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

const nested = z.array(z.array(z.array(z.number())));

/** What {@link PictureStats} gives, as it is read from a file again. */
export const pictureStatsSchema = z.object({
  ...{ min: nested, max: nested, mean: nested, std: nested },
  count: z.tuple([z.number()]),
});

/** Statistics of a feature whose numbers stand in arrays of one shape. */
export type Nested = FeatureStats | z.infer<typeof pictureStatsSchema>;

/** The statistics of a whole dataset from those of its episodes, each a record of features. */
export function mergedStats(episodes: readonly Readonly<Record<string, Nested>>[]): Record<string, Nested> {
  const names = Object.keys(episodes[0] ?? {});
  return Object.fromEntries(names.map((name) => [name, merged(episodes.map((episode) => episode[name]!))]));
}

function merged(parts: readonly Nested[]): Nested {
  const pictures = parts.flatMap((part) => {
    const result = pictureStatsSchema.safeParse(part);
    return result.success ? [result.data] : [];
  });
  if (pictures.length < parts.length) return mergedVectors(parts.map(flat));
  const { min, max, mean, std, count } = mergedVectors(parts.map(flat));
  const perChannel = (values: readonly number[]): number[][][] => values.map((value) => [[value]]);
  return {
    ...{ min: perChannel(min), max: perChannel(max), mean: perChannel(mean), std: perChannel(std) },
    count: [count[0]],
  };
}

function flat({ min, max, mean, std, count }: Nested): FeatureStats {
  const numbers = (values: readonly (number | readonly (readonly number[])[])[]): number[] =>
    values.flatMap((value) => (typeof value === 'number' ? [value] : value.flat()));
  return { min: numbers(min), max: numbers(max), mean: numbers(mean), std: numbers(std), count };
}

/** Means weighted by the counts; the variance of the whole is that within the parts and that between them. */
function mergedVectors(parts: readonly FeatureStats[]): FeatureStats {
  const total = parts.reduce((sum, { count }) => sum + count[0], 0);
  const dimensions = (parts[0]?.mean ?? []).map((_, k) => {
    const average = (of: (part: FeatureStats) => number): number =>
      parts.reduce((sum, part) => sum + of(part) * part.count[0], 0) / total;
    const mean = average((part) => part.mean[k]!);
    const variance = average((part) => part.std[k]! ** 2 + (part.mean[k]! - mean) ** 2);
    return {
      min: Math.min(...parts.map(({ min }) => min[k]!)),
      max: Math.max(...parts.map(({ max }) => max[k]!)),
      mean,
      std: Math.sqrt(variance),
    };
  });
  return {
    min: dimensions.map(({ min }) => min),
    max: dimensions.map(({ max }) => max),
    mean: dimensions.map(({ mean }) => mean),
    std: dimensions.map(({ std }) => std),
    count: [total],
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
