import type { Interval } from './bootstrap.ts';
import { Z_95 } from './normal.ts';

/** How long something lasted; or that it lasted at least so long, when nothing had happened by then. */
export interface Lifetime {
  readonly time: number;
  readonly ended: boolean;
}

/** What is left from a time on. */
export interface SurvivalStep {
  readonly time: number;
  /** Those that were still watched just before. */
  readonly atRisk: number;
  readonly survival: number;
  /** Of 95 %; undefined when none is left. */
  readonly interval: Interval | undefined;
}

/**
 * The share that outlasts each time, S(t) = Π (1 − dᵢ / nᵢ) over the times tᵢ ≤ t at which dᵢ of nᵢ ended (E. L.
 * Kaplan, P. Meier, "Nonparametric Estimation from Incomplete Observations", JASA 53, 1958), so that what was not
 * watched to its end counts for as long as it was watched. The interval is Greenwood's on the log(−log S) scale
 * (J. D. Kalbfleisch, R. L. Prentice, "The Statistical Analysis of Failure Time Data", 1980).
 *
 * @returns a step for each time at which something ended, earliest first
 */
export function survivalCurve(lifetimes: readonly Lifetime[]): SurvivalStep[] {
  const times = [...new Set(lifetimes.filter(({ ended }) => ended).map(({ time }) => time))];
  let survival = 1;
  let greenwood = 0;
  return times
    .sort((a, b) => a - b)
    .map((time): SurvivalStep => {
      const atRisk = lifetimes.filter((life) => life.time >= time).length;
      const ends = lifetimes.filter((life) => life.ended && life.time === time).length;
      survival *= 1 - ends / atRisk;
      greenwood += ends / (atRisk * (atRisk - ends));
      if (ends === atRisk) return { time, atRisk, survival: 0, interval: undefined };
      const log = Math.log(survival);
      const spread = (Z_95 * Math.sqrt(greenwood)) / -log;
      const interval = { low: survival ** Math.exp(spread), high: survival ** Math.exp(-spread) };
      return { time, atRisk, survival, interval };
    });
}

/** A time that half of them outlast, where that is known. */
export interface Median {
  readonly time: number | undefined;
  /** Ends of the 95 % interval; no `high` when the data leave it open. */
  readonly low: number | undefined;
  readonly high: number | undefined;
}

/** Products of shares round: what should be one half may come out a little larger. */
const HALF = 0.5 + 1e-9;

/**
 * The first time that at most half outlast; its interval holds the times at which the curve's interval holds one
 * half (R. Brookmeyer, J. Crowley, "A Confidence Interval for the Median Survival Time", Biometrics 38, 1982).
 */
export function medianLifetime(curve: readonly SurvivalStep[]): Median {
  const first = (reached: (step: SurvivalStep) => boolean): number | undefined => curve.find(reached)?.time;
  return {
    time: first(({ survival }) => survival <= HALF),
    low: first(({ interval }) => (interval?.low ?? 0) <= HALF),
    high: first(({ interval }) => interval !== undefined && interval.high <= HALF),
  };
}
