/**
 * Which start lends its actions to which: starts are ranked by how far they move along the dimension in which
 * they differ most, and each borrows from the one half the ranking away. Nobody keeps their own, everybody
 * lends once, and left turns meet right turns; a random shuffle of mostly straight footage would mostly swap
 * equals and measure nothing.
 *
 * @param actions per start, one normalised action per frame; at least two starts
 * @returns for each start, the index of the start whose actions it borrows
 */
export function foreignActions(actions: readonly (readonly Float32Array[])[]): number[] {
  const totals = actions.map(totalPerDimension);
  const spread = totals[0]!.map((_, d) => variance(totals.map((total) => total[d]!)));
  const widest = spread.indexOf(Math.max(...spread));
  const ranking = totals.map((_, i) => i).sort((a, b) => totals[a]![widest]! - totals[b]![widest]! || a - b);
  const half = Math.floor(ranking.length / 2);
  const lender = new Array<number>(ranking.length);
  for (const [rank, start] of ranking.entries()) lender[start] = ranking[(rank + half) % ranking.length]!;
  return lender;
}

function totalPerDimension(sequence: readonly Float32Array[]): number[] {
  return Array.from(sequence[0]!, (_, d) => sequence.reduce((total, action) => total + action[d]!, 0));
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}
