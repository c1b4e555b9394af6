import { createHash, randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { startProgress } from '../cli/progress.ts';
import { UserError } from '../errors.ts';
import { asUserError, readIfThere, writeAtomically } from './fileSystem.ts';
import { videoPath } from './lerobot/schema.ts';
import type { Dataset, Episode } from './types.ts';
import { decode } from './video/decode.ts';

/** All frames of a dataset, decoded, for random access. */
export interface FrameStore {
  /**
   * Frames of an episode, uint8 [count, height, width, 3].
   *
   * @throws RangeError when the episode does not have them
   */
  read(episode: Episode, from: number, count: number): Promise<Uint8Array>;
  /** Closes the file. */
  close(): Promise<void>;
}

const FRAMES_FILE = 'cache/frames.u8';
const KEY_FILE = 'cache/frames.json';
const keySchema = z.object({ key: z.string() });

/**
 * Opens the decoded frames of a dataset, `cache/frames.u8`: every frame of every episode in order, nothing
 * else. The file is made on the first use, and again when the dataset has changed since; memory stays constant.
 *
 * @throws UserError when a video is damaged or the disk is full, and then nothing is left behind
 */
export async function openFrameStore(dataset: Dataset): Promise<FrameStore> {
  const { info, folder } = dataset;
  const frameBytes = info.width * info.height * 3;
  const total = info.episodes.reduce((sum, { length }) => sum + length, 0);
  const file = path.join(folder, FRAMES_FILE);
  const key = await contentKey(dataset);
  if (!(await isCurrent(dataset, key, total * frameBytes))) {
    try {
      await build(dataset, file, total);
      await writeAtomically(path.join(folder, KEY_FILE), JSON.stringify({ key }));
    } catch (error) {
      throw asUserError(error, file);
    }
  }
  const starts = firstFrames(info.episodes);
  const handle = await open(file);
  return {
    read: async (episode, from, count) => {
      const start = starts[episode.index];
      if (start === undefined || from < 0 || count < 0 || from + count > episode.length) {
        throw new RangeError(
          `frames [${from}, ${from + count}) of episode ${episode.index}, which has ${episode.length}`,
        );
      }
      return readFully(handle, (start + from) * frameBytes, count * frameBytes, file);
    },
    close: () => handle.close(),
  };
}

function firstFrames(episodes: readonly Episode[]): number[] {
  let next = 0;
  return episodes.map(({ length }) => {
    const first = next;
    next += length;
    return first;
  });
}

async function contentKey({ folder, info }: Dataset): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([info.width, info.height, info.episodes]));
  for (const { index } of info.episodes) {
    const file = path.join(folder, videoPath(index));
    const found = await stat(file).catch(() => undefined);
    if (found === undefined) {
      throw new UserError(`${file} is missing`, 'run `reverie ingest` again for this folder');
    }
    hash.update(`${found.size} ${found.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

async function isCurrent({ folder }: Dataset, key: string, bytes: number): Promise<boolean> {
  const text = await readIfThere(path.join(folder, KEY_FILE));
  const size = await stat(path.join(folder, FRAMES_FILE)).then(
    (found) => found.size,
    () => -1,
  );
  if (text === undefined || size !== bytes) return false;
  try {
    return keySchema.parse(JSON.parse(text)).key === key;
  } catch {
    return false;
  }
}

async function build({ folder, info }: Dataset, file: string, total: number): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${randomUUID()}.partial`;
  const handle = await open(temporary, 'w');
  const progress = startProgress('decode', total, 'frames');
  try {
    let done = 0;
    for (const episode of info.episodes) {
      const video = path.join(folder, videoPath(episode.index));
      const end = done + episode.length;
      for await (const frame of decode(video, { width: info.width, height: info.height })) {
        await handle.writeFile(frame);
        progress.update(++done);
      }
      if (done !== end) {
        throw new UserError(
          `${video} is damaged (${episode.length + done - end} frames instead of ${episode.length})`,
          'run `reverie ingest` again for this folder',
        );
      }
    }
    await handle.close();
    await rename(temporary, file);
  } finally {
    progress.stop();
    await handle.close().catch(() => undefined);
    await rm(temporary, { force: true });
  }
}

async function readFully(
  handle: FileHandle,
  position: number,
  length: number,
  file: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, length - read, position + read);
    if (bytesRead === 0)
      throw new UserError(`${file} is damaged (it ends too early)`, 'delete it and run again');
    read += bytesRead;
  }
  return bytes;
}
