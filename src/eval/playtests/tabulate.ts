import { type Median, medianLifetime, type SurvivalStep, survivalCurve } from '../statistics/survival.ts';
import { checkpointNames } from './checkpoints.ts';
import { timesToComplaint } from './complaints.ts';
import { type Remark, remarks } from './moments.ts';
import { type Preference, preferences } from './preferences.ts';
import type { PlayedRun, Playtests } from './read.ts';

/** What was said of one checkpoint by those who played it alone. */
export interface Reception {
  readonly name: string;
  /** Runs that were kept, each counted once. */
  readonly runs: number;
  /** Seconds that were watched until the first complaint, or to the end. */
  readonly seconds: number;
  /** Seconds of the longest of them. */
  readonly longest: number;
  readonly complained: number;
  readonly curve: readonly SurvivalStep[];
  /** Seconds to the first complaint. */
  readonly complaint: Median;
  readonly remarks: readonly Remark[];
}

/** What playtests come to. */
export interface PlaytestTable {
  readonly receptions: readonly Reception[];
  readonly preferences: readonly (Preference & { readonly names: readonly [string, string] })[];
  /** Takes that could not be read, a line each. */
  readonly problems: readonly string[];
}

/** Counts what people who played have left. */
export function tabulatePlaytests({ runs, problems }: Playtests): PlaytestTable {
  const names = checkpointNames(runs.flatMap(({ worlds }) => worlds));
  const alone = runs.filter(({ worlds }) => worlds.length === 1);
  return {
    receptions: [...names].flatMap(([fingerprint, name]) => {
      const own = alone.filter(({ worlds }) => worlds[0]!.fingerprint === fingerprint);
      return own.length === 0 ? [] : [receptionOf(name, own)];
    }),
    preferences: preferences(runs, [...names.keys()]).map((preference) => ({
      ...preference,
      names: [names.get(preference.first)!, names.get(preference.second)!],
    })),
    problems,
  };
}

function receptionOf(name: string, runs: readonly PlayedRun[]): Reception {
  const lifetimes = timesToComplaint(runs);
  const curve = survivalCurve(lifetimes);
  return {
    name,
    runs: lifetimes.length,
    seconds: lifetimes.reduce((sum, { time }) => sum + time, 0),
    longest: Math.max(...lifetimes.map(({ time }) => time)),
    complained: lifetimes.filter(({ ended }) => ended).length,
    curve,
    complaint: medianLifetime(curve),
    remarks: remarks(runs),
  };
}
