import { seededRandom } from '../../random.ts';
import { type Interval, interval, RESAMPLES } from './bootstrap.ts';
import { byStart, type Keyed, resample } from './resample.ts';

/** How two sources differ on the starts and seeds that both were observed with. */
export interface Difference {
  /** The first source's statistic minus the second's. */
  readonly difference: number;
  readonly interval: Interval | undefined;
  /** Chance of a difference at least as large if it made no difference which source is which. */
  readonly p: number;
  /** Pairs that were compared. */
  readonly pairs: number;
}

type Pair<Value> = readonly [Value, Value];

/**
 * Compares two sources rollout by rollout: the bootstrap interval of the difference, where both sources are
 * resampled together, and a two-sided randomisation test that swaps the two sources' observations clip by clip
 * (R. A. Fisher, "The Design of Experiments", 1935; E. S. Edgington, "Randomization Tests"). Where there are at
 * most 10 clips all swaps are tried, else 1,000 random ones.
 *
 * @returns undefined when they share no rollout, or the statistic is undefined
 */
export function pairedDifference<Value>(
  first: readonly Keyed<Value>[],
  second: readonly Keyed<Value>[],
  statistic: (sample: readonly Value[]) => number | undefined,
  seed: number,
): Difference | undefined {
  const pairs = pair(first, second);
  const groups = byStart(pairs);
  const difference = differenceOf(groups.flat(), statistic);
  if (difference === undefined) return undefined;
  const random = seededRandom(seed);
  const resampled: number[] = [];
  for (let i = 0; groups.length > 1 && i < RESAMPLES; i++) {
    const value = differenceOf(resample(groups, random), statistic);
    if (value !== undefined) resampled.push(value);
  }
  const all = groups.length <= 10;
  const swaps = all ? 2 ** groups.length : RESAMPLES;
  let extreme = 0;
  for (let swap = 0; swap < swaps; swap++) {
    const swapped = groups.flatMap((group, g) => {
      const turn = all ? ((swap >> g) & 1) === 1 : random.integer(2) === 1;
      return turn ? group.map(([a, b]): Pair<Value> => [b, a]) : group;
    });
    const value = differenceOf(swapped, statistic);
    // Sums in another order round differently; a tie must count as one.
    if (value === undefined || Math.abs(value) >= Math.abs(difference) * (1 - 1e-9)) extreme++;
  }
  return {
    difference,
    interval: interval(resampled),
    // Random swaps include the observed one (B. Phipson, G. K. Smyth, 2010), so that p is never 0.
    p: all ? extreme / swaps : (extreme + 1) / (swaps + 1),
    pairs: pairs.length,
  };
}

function pair<Value>(first: readonly Keyed<Value>[], second: readonly Keyed<Value>[]): Keyed<Pair<Value>>[] {
  const others = new Map(second.map((item) => [`${item.start} ${item.seed}`, item.value]));
  return first.flatMap(({ start, seed, value }) => {
    const other = others.get(`${start} ${seed}`);
    return other === undefined ? [] : [{ start, seed, value: [value, other] as const }];
  });
}

function differenceOf<Value>(
  pairs: readonly Pair<Value>[],
  statistic: (sample: readonly Value[]) => number | undefined,
): number | undefined {
  if (pairs.length === 0) return undefined;
  const a = statistic(pairs.map(([value]) => value));
  const b = statistic(pairs.map(([, value]) => value));
  return a === undefined || b === undefined ? undefined : a - b;
}
