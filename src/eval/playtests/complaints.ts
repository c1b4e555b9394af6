import type { Take } from '../../serve/take.ts';

/** What players said of one world. */
export interface Complaints {
  readonly world: string;
  readonly takes: number;
  readonly minutes: number;
  /** Remarks of each kind. */
  readonly remarks: Readonly<Record<'up' | 'down' | 'bookmark', number>>;
  /**
   * Median seconds until the first thumb down, by the product-limit estimate (E. L. Kaplan, P. Meier, JASA 53, 1958):
   * takes that ended without one count as long as they lasted. Nothing when more than half would last longer.
   */
  readonly firstComplaint: number | undefined;
  /** The longest that anything is known of: the length of the longest take, in seconds. */
  readonly longest: number;
}

/** What players said of each world that was played alone. */
export function complaints(takes: readonly Take[]): Complaints[] {
  const byWorld = new Map<string, Take[]>();
  for (const take of takes) {
    const [world, beside] = take.worlds;
    if (world && !beside) byWorld.set(world.name, [...(byWorld.get(world.name) ?? []), take]);
  }
  return [...byWorld].map(([world, played]) => {
    const count = (kind: string) =>
      played.reduce((sum, { marks }) => sum + marks.filter((mark) => mark.kind === kind).length, 0);
    return {
      world,
      takes: played.length,
      minutes: played.reduce((sum, take) => sum + secondsOf(take), 0) / 60,
      remarks: { up: count('up'), down: count('down'), bookmark: count('bookmark') },
      firstComplaint: medianTime(played.map(timeToComplaint)),
      longest: Math.max(...played.map(secondsOf)),
    };
  });
}

/** A time that was waited for; not `happened` when the waiting ended before. */
export interface Wait {
  readonly seconds: number;
  readonly happened: boolean;
}

/** The product-limit median of waiting times, in seconds; nothing when the curve stays above one half. */
export function medianTime(waits: readonly Wait[]): number | undefined {
  let surviving = 1;
  const times = [...new Set(waits.map(({ seconds }) => seconds))].sort((a, b) => a - b);
  for (const time of times) {
    const atRisk = waits.filter(({ seconds }) => seconds >= time).length;
    const events = waits.filter(({ seconds, happened }) => happened && seconds === time).length;
    surviving *= 1 - events / atRisk;
    // One half is meant, whatever the products round to.
    if (surviving <= 0.5 + 1e-9) return time;
  }
  return undefined;
}

function timeToComplaint(take: Take): Wait {
  const frames = take.marks.filter(({ kind }) => kind === 'down').map(({ frame }) => frame);
  return frames.length > 0
    ? { seconds: Math.min(...frames) / take.fps, happened: true }
    : { seconds: secondsOf(take), happened: false };
}

function secondsOf({ actions, fps }: Take): number {
  return actions.length / fps;
}
