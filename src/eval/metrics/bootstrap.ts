const RESAMPLES = 1000;

/**
 * 95 % percentile interval of a statistic by resampling its items with replacement (B. Efron, "Bootstrap
 * Methods: Another Look at the Jackknife", Annals of Statistics 7(1), 1979). The same seed gives the same interval.
 */
export function bootstrapInterval<Item>(
  items: readonly Item[],
  statistic: (sample: readonly Item[]) => number,
  seed: number,
): { low: number; high: number } {
  const random = randomNumbers(seed);
  const values = Float64Array.from({ length: RESAMPLES }, () =>
    statistic(items.map(() => items[Math.floor(random() * items.length)]!)),
  ).sort();
  return { low: values[Math.floor(RESAMPLES * 0.025)]!, high: values[Math.ceil(RESAMPLES * 0.975) - 1]! };
}

/** Uniform numbers in 0…1 from a 32-bit seed (the mulberry32 generator). */
function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
