import { createHash } from 'node:crypto';
import type { Mark } from '../../serve/take.ts';
import type { PlayedRun } from './read.ts';

/** A remark, where it was made. */
export interface Remark extends Mark {
  readonly run: PlayedRun;
  readonly frame: number;
}

/**
 * What tells a frame of a run from every other: the checkpoint and all that led to it. Takes of one run that was
 * kept twice, or gone back in and branched, share their moments up to where they part.
 */
export function momentId({ worlds, seed, start, actions, steps }: PlayedRun, frame: number): string {
  const played = worlds.map(({ fingerprint }) => fingerprint);
  const way = [played, seed, start, actions.slice(0, frame), steps.slice(0, frame)];
  return createHash('sha256').update(JSON.stringify(way)).digest('hex');
}

/** Every remark, once, in the order of the runs. */
export function remarks(runs: readonly PlayedRun[]): Remark[] {
  const found = new Map<string, Remark>();
  for (const run of runs) {
    for (const { frame, kind, note } of run.marks) {
      const key = JSON.stringify([momentId(run, frame), kind, note]);
      if (!found.has(key)) found.set(key, { run, frame, kind, note });
    }
  }
  return [...found.values()];
}

/** How many remarks there are of a kind. */
export function countOf(kind: Mark['kind'], given: readonly Remark[]): number {
  return given.filter((remark) => remark.kind === kind).length;
}
