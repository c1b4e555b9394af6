import { seededRandom } from '../../random.ts';
import { byStart, type Keyed, resample } from './resample.ts';

/** A 95 % interval. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Resamples of an interval; its ends are then themselves known to about a tenth of its width. */
export const RESAMPLES = 1000;

/**
 * 95 % percentile interval of a statistic by resampling (B. Efron, "Bootstrap Methods: Another Look at the
 * Jackknife", Annals of Statistics 7(1), 1979), in two levels: clips, and within each clip the seeds (A. C.
 * Davison, D. V. Hinkley, "Bootstrap Methods and their Application", 1997, section 3.8).
 *
 * @param statistic of a sample; resamples for which it is undefined are left out
 * @param seed the same seed gives the same interval
 * @returns undefined when there are fewer than two clips, or no statistic
 */
export function bootstrapInterval<Value>(
  items: readonly Keyed<Value>[],
  statistic: (sample: readonly Value[]) => number | undefined,
  seed: number,
): Interval | undefined {
  const groups = byStart(items);
  if (groups.length < 2) return undefined;
  const random = seededRandom(seed);
  const values: number[] = [];
  for (let i = 0; i < RESAMPLES; i++) {
    const value = statistic(resample(groups, random));
    if (value !== undefined) values.push(value);
  }
  return interval(values);
}

/** The middle 95 % of some values. */
export function interval(values: readonly number[]): Interval | undefined {
  if (values.length === 0) return undefined;
  const sorted = Float64Array.from(values).sort();
  return {
    low: sorted[Math.floor(sorted.length * 0.025)]!,
    high: sorted[Math.ceil(sorted.length * 0.975) - 1]!,
  };
}
