import type { Laboratory } from '../laboratory.ts';
import type { Evidence } from '../types.ts';

/** The four questions of an evaluation, and those that only a user's feature network answers. */
export type Question = 'drift' | 'control' | 'memory' | 'temporal' | 'features';

/** What one rollout contributes to a metric; what the numbers are is the metric's own affair. */
export type Observation = Float64Array;

/**
 * A metric is two functions: what one rollout contributes, and what many contributions come to. With that alone
 * it gets its bootstrap interval, its paired test and its place in every table and plot.
 */
export interface Metric {
  /** Its name in files. */
  readonly id: string;
  /** Its name in tables. */
  readonly title: string;
  readonly unit: '' | 'dB' | '%' | 'levels' | 'frames' | '°';
  readonly question: Question;
  readonly better: 'higher' | 'lower' | 'near 100 %';
  /** What it answers, in one line. */
  readonly answers: string;
  /** What makes it look better than the rollouts are, in one line. */
  readonly fooledBy: string;
  /** Set when it compares with the very frames that were filmed: they are perfect by definition. */
  readonly againstTruth?: true;
  /** For metrics that have a curve: the horizons of its points, in frames imagined. */
  readonly points?: (horizon: number) => number[];
  /** What a rollout contributes; `undefined` when it says nothing about the question. */
  observe(evidence: Evidence, laboratory: Laboratory): Promise<Observation | undefined>;
  /**
   * The metric of some rollouts.
   *
   * @param observations at least one, in any order
   * @param point index of a point of the curve; over the whole rollouts when left out
   * @returns `undefined` when the contributions do not determine it
   */
  estimate(
    observations: readonly Observation[],
    laboratory: Laboratory,
    point?: number | undefined,
  ): number | undefined;
}

/**
 * Adds up contributions that are rows of numbers.
 *
 * @param width numbers in a row
 * @param point the row to add up, all rows when left out
 */
export function sumRows(
  observations: readonly Observation[],
  width: number,
  point?: number | undefined,
): Float64Array {
  const sums = new Float64Array(width);
  for (const rows of observations) {
    const from = point === undefined ? 0 : point * width;
    const to = point === undefined ? rows.length : from + width;
    for (let i = from; i < to; i++) sums[(i - from) % width]! += rows[i]!;
  }
  return sums;
}

/** The horizons 1 … `horizon`, for metrics that have a value at every frame. */
export function everyFrame(horizon: number): number[] {
  return Array.from({ length: horizon }, (_, i) => i + 1);
}

/**
 * The estimate of metrics whose contributions are rows of a part and a whole: Σ part / Σ whole. A mean is one too,
 * with wholes of 1.
 *
 * @param scale of the result, as in 100 for percent
 */
export function ratioOfSums(scale = 1): Metric['estimate'] {
  return (observations, _, point) => {
    const [part, whole] = sumRows(observations, 2, point);
    return whole === 0 ? undefined : (scale * part!) / whole!;
  };
}
