import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../errors.ts';
import { asUserError } from '../fileSystem.ts';
import type { DatasetManifest } from './manifest.ts';

type RemoteFile = DatasetManifest['files'][number];

/**
 * Downloads a file and checks it. What is there already is checked and kept; what an interrupted download left
 * is gone on with (HTTP range requests, RFC 9110); a file appears under its name only when its checksum is right.
 *
 * @param onBytes called with the number of bytes that are there
 * @throws UserError when the server refuses or has another file, when the file cannot be written, or when `signal`
 *   asks to stop
 */
export async function download(
  { name, url, bytes, sha256 }: RemoteFile,
  folder: string,
  onBytes: (done: number) => void,
  signal: AbortSignal,
): Promise<string> {
  const file = path.join(folder, name);
  const partial = `${file}.partial`;
  let have: number;
  try {
    if ((await sizeOf(file)) === bytes && (await digestOf(file)) === sha256) {
      onBytes(bytes);
      return file;
    }
    await mkdir(folder, { recursive: true });
    have = await sizeOf(partial);
    if (have > bytes) {
      await rm(partial);
      have = 0;
    }
  } catch (error) {
    throw asUserError(error, file);
  }
  if (have < bytes) await append({ url, bytes }, partial, have, onBytes, signal);
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
  await rename(partial, file).catch((error: unknown) => {
    throw asUserError(error, file);
  });
  return file;
}

async function append(
  { url, bytes }: Pick<RemoteFile, 'url' | 'bytes'>,
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
    throw new UserError(
      `${url} answers ${response.status} ${response.statusText}`.trim(),
      response.status >= 500 || response.status === 429
        ? 'try again later'
        : "the file has moved, or wants an account; see the dataset's homepage",
    );
  }
  // A server that ignores the range sends the whole file.
  const resumed = response.status === 206;
  let done = resumed ? have : 0;
  const length = response.headers.get('content-length');
  const encoded = response.headers.has('content-encoding');
  if (length !== null && !encoded && done + Number(length) !== bytes) {
    await response.body.cancel();
    throw new UserError(
      `${url} has ${done + Number(length)} bytes and not ${bytes}`,
      "it is another file than the manifest's; see the dataset's homepage",
    );
  }
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
    // What the disk refuses has the code of a failed system call, and is not the server's fault.
    const fault = asUserError(error, partial);
    if (fault instanceof UserError) throw fault;
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
