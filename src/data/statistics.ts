/** The value below which a share of the numbers lies, by linear interpolation; 0 for no numbers. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return 0;
  const at = share * (sorted.length - 1);
  const below = Math.floor(at);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (at - below);
}

/** The middle value; 0 for no numbers. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}
