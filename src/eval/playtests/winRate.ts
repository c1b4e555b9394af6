import type { Take } from '../../serve/take.ts';
import type { Interval } from '../statistics/bootstrap.ts';

/** How often one of two worlds was found better, blind and under the same keys. */
export interface WinRate {
  readonly first: string;
  readonly second: string;
  /** Rounds in which the first, the second or neither was better. */
  readonly wins: readonly [number, number];
  readonly ties: number;
  /** Wins of the first in the decided rounds, 0…1; nothing when none was decided. */
  readonly rate: number | undefined;
  readonly interval: Interval | undefined;
}

/** 97.5 % quantile of the normal distribution. */
const Z = 1.959964;

/** The win rates of all pairs of worlds that were compared. Checkpoints of one name count as different. */
export function winRates(takes: readonly Take[]): WinRate[] {
  const rounds = new Map<string, { names: [string, string]; wins: [number, number]; ties: number }>();
  for (const { worlds, marks } of takes) {
    const [left, right] = worlds;
    // A take that was kept again holds the same verdict; only the last word of a round counts.
    const verdict = marks.findLast(({ kind }) => kind === 'left' || kind === 'right' || kind === 'neither');
    if (!left || !right || !verdict) continue;
    const swapped = keyOf(right) < keyOf(left);
    const pair = swapped ? ([right, left] as const) : ([left, right] as const);
    const key = pair.map(keyOf).join('\n');
    const round = rounds.get(key) ?? { names: namesOf(pair), wins: [0, 0], ties: 0 };
    rounds.set(key, round);
    if (verdict.kind === 'neither') round.ties += 1;
    else round.wins[(verdict.kind === 'right') !== swapped ? 1 : 0] += 1;
  }
  return [...rounds.values()].map(({ names: [first, second], wins, ties }) => {
    const decided = wins[0] + wins[1];
    return {
      first,
      second,
      wins,
      ties,
      rate: decided > 0 ? wins[0] / decided : undefined,
      interval: wilsonInterval(wins[0], decided),
    };
  });
}

/**
 * The 95 % score interval of a share (E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical
 * Inference", JASA 22, 1927), which stays within 0…1 and holds for few rounds.
 *
 * @returns nothing of no rounds
 */
export function wilsonInterval(successes: number, trials: number): Interval | undefined {
  if (trials === 0) return undefined;
  const share = successes / trials;
  const centre = (share + Z ** 2 / (2 * trials)) / (1 + Z ** 2 / trials);
  const spread =
    (Z / (1 + Z ** 2 / trials)) * Math.sqrt((share * (1 - share)) / trials + Z ** 2 / (4 * trials ** 2));
  return { low: Math.max(0, centre - spread), high: Math.min(1, centre + spread) };
}

type Played = Take['worlds'][number];

function keyOf({ name, dynamics }: Played): string {
  return `${name} ${dynamics}`;
}

/** Two checkpoints of one name are told apart by the beginning of their checksum. */
function namesOf([a, b]: readonly [Played, Played]): [string, string] {
  const name = (played: Played) =>
    a.name === b.name ? `${played.name} (${played.dynamics.slice(0, 7)})` : played.name;
  return [name(a), name(b)];
}
