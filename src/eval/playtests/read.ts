import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { glob } from 'tinyglobby';
import { UserError } from '../../errors.ts';
import { parseTake, type Take } from '../../serve/take.ts';

/** The takes of a folder, and those that could not be read. */
export interface Playtests {
  readonly takes: readonly Take[];
  /** In one line each. */
  readonly problems: readonly string[];
}

/**
 * Reads every `take.json` and `*.take.json` under a folder, as `reverie play` keeps them and published pages hand
 * them out.
 *
 * @throws UserError when there is no such folder, or no take in it
 */
export async function readPlaytests(folder: string): Promise<Playtests> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new UserError(`there is no folder ${folder}`, 'play first and keep runs with K');
  const paths = await glob(['**/take.json', '**/*.take.json'], { cwd: folder });
  const takes: Take[] = [];
  const problems: string[] = [];
  for (const path of paths.sort()) {
    const full = join(folder, path);
    try {
      takes.push(parseTake(await readFile(full, 'utf8'), full));
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  if (takes.length === 0)
    throw new UserError(`${folder} holds no take that can be read`, 'play first and keep runs with K');
  return { takes, problems };
}
