import type { Interval } from './bootstrap.ts';
import { Z_95 } from './normal.ts';

/**
 * 95 % score interval of a share (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
 * Inference", JASA 22, 1927), which holds for few trials and for shares near 0 and 1 too.
 *
 * @param successes of `trials`, at least one trial; a tie may count as half a success, which only widens it
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  const share = successes / trials;
  const shrink = 1 + Z_95 ** 2 / trials;
  const centre = (share + Z_95 ** 2 / (2 * trials)) / shrink;
  const half = (Z_95 / shrink) * Math.sqrt((share * (1 - share)) / trials + Z_95 ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, centre - half), high: Math.min(1, centre + half) };
}

/**
 * Exact two-sided sign test: the chance that wins are split at least as unevenly when either side is as likely to
 * win (W. J. Dixon, A. M. Mood, "The Statistical Sign Test", JASA 41, 1946). Ties are left out.
 *
 * @returns 1 when nobody won
 */
export function signTest(wins: number, losses: number): number {
  const trials = wins + losses;
  let chance = 0.5 ** trials;
  let tail = 0;
  for (let few = 0; few <= Math.min(wins, losses); few++) {
    tail += chance;
    chance *= (trials - few) / (few + 1);
  }
  return Math.min(1, 2 * tail);
}
