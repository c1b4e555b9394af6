import type { TrainConfig } from './config.ts';
import { STAGES, type StageName } from './loop.ts';

/** How a budget of minutes is shared out: the autoencoder is learned much faster than the dynamics. */
const SHARES: Readonly<Record<StageName, number>> = {
  autoencoder: 0.22,
  dynamics: 0.5,
  fewStep: 0.18,
  reprojection: 0.1,
};

/**
 * Shares minutes out among the stages of a recipe; the dynamics get the time of those that it leaves out. A stage gets
 * its share of what is left when it begins, so what lies between stages, and steps that took longer than those that
 * were timed, are made up for by the stages to come.
 *
 * @param minutes for all stages together
 * @param elapsed minutes since training began, or went on
 * @returns the minutes of a stage that begins now
 */
export function shareOut(
  config: TrainConfig,
  minutes: number,
  elapsed: () => number,
): (name: StageName) => number {
  const present = STAGES.filter((name) => config[name] !== undefined);
  const spare = 1 - present.reduce((sum, name) => sum + SHARES[name], 0);
  const share = (name: StageName): number => SHARES[name] + (name === 'dynamics' ? spare : 0);
  return (name) => {
    const sumOf = (names: readonly StageName[]): number =>
      names.reduce((sum, other) => sum + share(other), 0);
    const place = present.indexOf(name);
    // Where training goes on, the stages before took their time in another process.
    const gone = Math.max(elapsed(), minutes * sumOf(present.slice(0, place)));
    return (Math.max(0, minutes - gone) * share(name)) / sumOf(present.slice(place));
  };
}
