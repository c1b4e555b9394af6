import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { UserError } from '../../errors.ts';
import { parseTake, type Take } from '../../serve/take.ts';
import type { Checkpoint } from './checkpoints.ts';

/** What can be said of a moment; `left`, `right` and `neither` say which of two compared worlds is better. */
export type RemarkKind = 'bookmark' | 'up' | 'down' | 'left' | 'right' | 'neither';

/** A run that somebody kept. */
export interface PlayedRun extends Pick<Take, 'seed' | 'start' | 'fps' | 'actions' | 'steps'> {
  /** Folder that holds `take.json`. */
  readonly folder: string;
  /** What was played: one world, or the two of a blind comparison from left to right. */
  readonly worlds: readonly Checkpoint[];
  readonly marks: readonly { readonly kind: RemarkKind; readonly note: string; readonly frame: number }[];
}

/**
 * Reads every `take.json` below a folder, in the order of their paths; those that are still being written are left
 * out.
 *
 * @throws UserError when there is no such folder or no take in it, or one of them is damaged
 */
export async function readPlaytests(folder: string): Promise<PlayedRun[]> {
  if (!(await stat(folder).catch(() => undefined))?.isDirectory()) {
    throw new UserError(
      `no folder of playtests at ${folder}`,
      'play with reverie play and keep a take, then give its playtests folder',
    );
  }
  const found = await glob('**/take.json', { cwd: folder, ignore: '**/*.partial/**' });
  if (found.length === 0) {
    throw new UserError(`${folder} holds no take.json`, 'keep a take on the page of reverie play');
  }
  const files = found.sort().map((file) => path.join(folder, file));
  return Promise.all(
    files.map(async (file): Promise<PlayedRun> => {
      const { world, dynamics, ...take } = parseTake(await readFile(file, 'utf8'), file);
      return { ...take, worlds: [{ name: world, dynamics }], folder: path.dirname(file) };
    }),
  );
}
