/** Errors of the rollouts of one start: under its own actions and under another start's. */
export interface ShuffledPair {
  /** Mean squared error against the truth when the rollout gets the true actions. */
  readonly trueError: number;
  /** The same start and the same random numbers, but foreign actions. */
  readonly foreignError: number;
}

/** Mean squared error of rounding to 8 bits; a smaller one says nothing of the world. */
const ROUNDING = 1 / 12;

/**
 * The action-shuffle ratio: Σ error under foreign actions / Σ error under the true actions.
 *
 * Both rollouts of a start share the start state and the seed (common random numbers), so nothing but the
 * actions differs. A world that ignores its actions scores exactly 1; above 1 it obeys them. Inspired by the
 * ΔPSNR controllability test of J. Bruce et al., "Genie: Generative Interactive Environments", 2024, as a
 * ratio so that footage of different contrast compares. Errors below that of rounding to 8 bits count as it.
 */
export function actionShuffleRatio(pairs: readonly ShuffledPair[]): number {
  let trueError = 0;
  let foreignError = 0;
  for (const pair of pairs) {
    trueError += Math.max(ROUNDING, pair.trueError);
    foreignError += Math.max(ROUNDING, pair.foreignError);
  }
  return foreignError / trueError;
}

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
