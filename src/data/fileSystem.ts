import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../errors.ts';

/** The code of a failed system call, as in `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/**
 * Writes a file so that it appears complete or not at all; missing folders are made.
 *
 * @throws UserError when the disk is full or the folder cannot be written
 */
export async function writeAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const temporary = `${file}.${randomUUID()}.partial`;
  try {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(temporary, content);
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw asUserError(error, file);
  }
}

/** Turns what a person can do something about into a `UserError`; returns everything else as it is. */
export function asUserError(error: unknown, file: string): unknown {
  switch (errorCode(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new UserError(
        `the disk is full while writing ${file}`,
        'free some space and run the command again',
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new UserError(`${file} may not be written`, 'choose another folder with --out');
    case 'ENOTDIR':
    case 'EEXIST':
      return new UserError(`${file} cannot be made: a file stands in the way`, 'choose another folder');
    case 'EISDIR':
      return new UserError(`${file} cannot be made: a folder stands in the way`, 'remove it');
    default:
      return error;
  }
}

/** Reads a text file, undefined where there is none. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
