import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../errors.ts';
import { asUserError, errorCode } from '../fileSystem.ts';
import type { DatasetManifest } from './manifest.ts';

type RemoteFile = DatasetManifest['files'][number];

/**
 * Downloads a file and checks it. What is there already is checked and kept; what an interrupted download left
 * is gone on with (HTTP range requests, RFC 9110); a file appears under its name only when its checksum is right.
 *
 * @param onBytes called with the number of bytes that are there
 * @throws UserError when the server refuses, the checksum is wrong, the disk is full, or `signal` asks to stop
 */
export async function download(
  { name, url, bytes, sha256 }: RemoteFile,
  folder: string,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const file = path.join(folder, name);
  if ((await sizeOf(file)) === bytes && (await digestOf(file)) === sha256) {
    onBytes(bytes);
    return file;
  }
  await mkdir(folder, { recursive: true });
  const partial = `${file}.partial`;
  let have = await sizeOf(partial);
  if (have > bytes) {
    await rm(partial);
    have = 0;
  }
  if (have < bytes) await append(url, partial, have, onBytes, signal);
  if ((await sizeOf(partial)) < bytes) {
    throw new UserError(
      `${url} ended after ${await sizeOf(partial)} of ${bytes} bytes`,
      'run the command again',
    );
  }
  const found = await digestOf(partial);
  if (found !== sha256) {
    await rm(partial);
    throw new UserError(
      `${url} has the checksum ${found.slice(0, 12)}… and not ${sha256.slice(0, 12)}…`,
      'the file has changed since the manifest was written; it was not kept',
    );
  }
  await rename(partial, file);
  return file;
}

async function append(
  url: string,
  partial: string,
  have: number,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<void> {
  const headers = have > 0 ? { range: `bytes=${have}-` } : {};
  const response = await fetch(url, { headers, signal }).catch((error: unknown) => {
    if (signal.aborted) throw stopped();
    throw new UserError(`${url} cannot be reached (${causeOf(error)})`, 'check the network and run it again');
  });
  if (!response.ok || response.body === null) {
    throw new UserError(`${url} answers ${response.status} ${response.statusText}`.trim(), 'try again later');
  }
  // A server that ignores the range sends the whole file.
  const resumed = response.status === 206;
  let done = resumed ? have : 0;
  const reader = response.body.getReader();
  async function* chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const { done: ended, value } = await reader.read();
      if (ended) return;
      done += value.length;
      onBytes(done);
      yield value;
    }
  }
  const target = createWriteStream(partial, { flags: resumed ? 'a' : 'w' });
  try {
    await pipeline(chunks, target, { signal });
  } catch (error) {
    if (signal.aborted) throw stopped();
    if (errorCode(error) === 'ENOSPC') throw asUserError(error, partial);
    throw new UserError(`${url} broke off after ${done} bytes (${causeOf(error)})`, 'run the command again');
  }
}

function stopped(): UserError {
  return new UserError('stopped', 'run the same command again to go on');
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return hash.digest('hex');
}
