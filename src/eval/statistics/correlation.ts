/** Numbers that `pairSums` takes for a pair of series. */
export const PAIR_SUMS = 6;

/** What Pearson's correlation needs of some pairs: n, Σx, Σy, Σx², Σy², Σxy. Sums of parts add up. */
export function pairSums(pairs: Iterable<readonly [number, number]>): number[] {
  const sums = [0, 0, 0, 0, 0, 0];
  for (const [x, y] of pairs) {
    for (const [i, term] of [1, x, y, x * x, y * y, x * y].entries()) sums[i]! += term;
  }
  return sums;
}

/**
 * Pearson's correlation from `pairSums`.
 *
 * @returns undefined when x never changes; 0 when y never does, since nothing follows x then
 */
export function correlation(sums: ArrayLike<number>): number | undefined {
  const [n, x, y, xx, yy, xy] = Array.from(sums);
  const varianceX = n! * xx! - x! * x!;
  const varianceY = n! * yy! - y! * y!;
  if (varianceX <= 1e-12 * n! * xx!) return undefined;
  if (varianceY <= 1e-12 * n! * yy!) return 0;
  return (n! * xy! - x! * y!) / Math.sqrt(varianceX * varianceY);
}
