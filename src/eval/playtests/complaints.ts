import type { Lifetime } from '../statistics/survival.ts';
import { momentId } from './moments.ts';
import type { PlayedRun } from './read.ts';

/**
 * Seconds until the first thumb down of each run; where there was none, the run lasted at least as long as its
 * take. A thumb down belongs to its moment, so it counts in every take that came by there; and a take that only
 * repeats the beginning of another one says nothing of its own and is left out.
 */
export function timesToComplaint(runs: readonly PlayedRun[]): Lifetime[] {
  const complaints = runs.flatMap((run) =>
    run.marks
      .filter(({ kind }) => kind === 'down')
      .map(({ frame }) => ({ seed: run.seed, frame, moment: momentId(run, frame) })),
  );
  const watched = runs.map((run) => {
    const own = complaints
      .filter(({ seed, frame }) => seed === run.seed && frame <= run.actions.length)
      .filter(({ frame, moment }) => momentId(run, frame) === moment);
    const frames = Math.min(run.actions.length, ...own.map(({ frame }) => frame));
    return { run, frames, ended: own.length > 0, end: momentId(run, frames) };
  });
  return watched
    .filter(
      (one, i) =>
        !watched.some(
          (other, j) =>
            other.run.seed === one.run.seed &&
            (other.frames > one.frames || (other.frames === one.frames && j < i)) &&
            momentId(other.run, one.frames) === one.end,
        ),
    )
    .map(({ run, frames, ended }) => ({ time: frames / run.fps, ended }));
}
