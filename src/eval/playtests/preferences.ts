import type { Interval } from '../statistics/bootstrap.ts';
import { signTest, wilsonInterval } from '../statistics/proportion.ts';
import { momentId } from './moments.ts';
import type { PlayedRun } from './read.ts';

/** How often one checkpoint was preferred to another in blind comparisons. */
export interface Preference {
  /** `fingerprint` of the two. */
  readonly first: string;
  readonly second: string;
  readonly wins: number;
  readonly losses: number;
  readonly ties: number;
  /** Share of comparisons that the first won; a tie is half a win to either. */
  readonly winRate: number;
  /** Of the win rate. */
  readonly interval: Interval;
  /** Sign test: the chance of so uneven a split if neither were better. */
  readonly p: number;
}

/**
 * Every couple of checkpoints that was compared. What was said last of a run counts, once.
 *
 * @param order `fingerprint` in the order in which the couples are named
 */
export function preferences(runs: readonly PlayedRun[], order: readonly string[]): Preference[] {
  const verdicts = [...new Map(runs.flatMap(verdictOf)).values()];
  return order.flatMap((first, i) =>
    order.slice(i + 1).flatMap((second): Preference[] => {
      const own = verdicts.filter(({ couple }) => couple.includes(first) && couple.includes(second));
      if (own.length === 0) return [];
      const wins = own.filter(({ winner }) => winner === first).length;
      const losses = own.filter(({ winner }) => winner === second).length;
      const ties = own.length - wins - losses;
      const won = wins + ties / 2;
      return [
        {
          first,
          second,
          wins,
          losses,
          ties,
          winRate: won / own.length,
          interval: wilsonInterval(won, own.length),
          p: signTest(wins, losses),
        },
      ];
    }),
  );
}

/** What was said of two checkpoints, by their `fingerprint`; undefined when they were found alike. */
interface Verdict {
  readonly couple: readonly [string, string];
  readonly winner: string | undefined;
}

/** The verdict on a run with the moment it was passed at, or nothing where there is none. */
function verdictOf(run: PlayedRun): [string, Verdict][] {
  const [left, right] = run.worlds;
  const last = run.marks.findLast(({ kind }) => kind === 'left' || kind === 'right' || kind === 'neither');
  if (left === undefined || right === undefined || last === undefined) return [];
  const winner = last.kind === 'left' ? left : last.kind === 'right' ? right : undefined;
  return [
    [
      momentId(run, last.frame),
      { couple: [left.fingerprint, right.fingerprint], winner: winner?.fingerprint },
    ],
  ];
}
