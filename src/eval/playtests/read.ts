import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { UserError } from '../../errors.ts';
import { parseTake, type Take } from '../../serve/take.ts';

/** A run that somebody kept. */
export interface PlayedRun
  extends Pick<Take, 'worlds' | 'seed' | 'start' | 'fps' | 'actions' | 'steps' | 'marks'> {
  /** Path of its take. */
  readonly file: string;
  /** Path of its video, where it has one. */
  readonly video: string | undefined;
}

/** The runs of a folder, and what could not be read there. */
export interface Playtests {
  readonly runs: readonly PlayedRun[];
  /** In one line each. */
  readonly problems: readonly string[];
}

const HOW = 'play first and keep runs with K';

/**
 * Reads every `take.json` and `*.take.json` below a folder, as `reverie play` keeps them and published pages hand
 * them out, in the order of their paths; those that are still being written are left out.
 *
 * @throws UserError when there is no such folder or no take in it that can be read
 */
export async function readPlaytests(folder: string): Promise<Playtests> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UserError(`there is no folder ${folder}`, HOW);
  const files = await glob(['**/take.json', '**/*.take.json'], { cwd: folder, ignore: '**/*.partial/**' });
  const runs: PlayedRun[] = [];
  const problems: string[] = [];
  for (const file of files.sort().map((name) => path.join(folder, name))) {
    try {
      const take = parseTake(await readFile(file, 'utf8'), file);
      runs.push({ ...take, file, video: await videoBeside(file) });
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      problems.push(error.message);
    }
  }
  if (runs.length > 0) return { runs, problems };
  throw new UserError(problems[0] ?? `${folder} holds no take`, HOW);
}

async function videoBeside(file: string): Promise<string | undefined> {
  if (path.basename(file) !== 'take.json') return undefined;
  const video = path.join(path.dirname(file), 'video.mp4');
  return stat(video).then(
    () => video,
    () => undefined,
  );
}
