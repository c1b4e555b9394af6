import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import { readIfThere } from './fileSystem.ts';
import {
  EPISODES_FILE,
  episodeSchema,
  INFO_FILE,
  infoSchema,
  tablePath,
  VIDEO_KEY,
  videoPath,
} from './lerobot/schema.ts';
import type { Dataset, DatasetInfo, Episode } from './types.ts';
import { decode } from './video/decode.ts';

const AGAIN = 'run `reverie ingest` again for this folder';
const rowSchema = z.object({ action: z.array(z.number()) });

/**
 * Opens a dataset that `reverie ingest` wrote.
 *
 * @throws UserError naming the file when something is missing or damaged
 */
export async function openDataset(folder: string): Promise<Dataset> {
  const info = await readInfo(folder);
  return {
    folder,
    info,
    actions: (episode) => readActions(folder, info, episode),
    frames: (episode, from = 0, count = episode.length - from) =>
      readFrames(folder, info, episode, from, count),
  };
}

async function readInfo(folder: string): Promise<DatasetInfo> {
  const file = path.join(folder, INFO_FILE);
  const text = await readIfThere(file);
  if (text === undefined) {
    throw new UserError(
      `no dataset in ${folder} (${INFO_FILE} is missing)`,
      'make one with `reverie ingest`',
    );
  }
  const info = parse(infoSchema, text, file);
  const { names } = info.features.action;
  if (names.length !== info.reverie.actionScale.length) {
    throw new UserError(
      `${file} is damaged (${names.length} action names, ${info.reverie.actionScale.length} scales)`,
      AGAIN,
    );
  }
  const [height, width] = info.features[VIDEO_KEY].shape;
  return {
    name: info.reverie.name,
    fps: info.fps,
    width,
    height,
    actionNames: names,
    actionScale: info.reverie.actionScale,
    episodes: await readEpisodes(folder, info.total_episodes, info.total_frames),
  };
}

async function readEpisodes(folder: string, count: number, frames: number): Promise<Episode[]> {
  const file = path.join(folder, EPISODES_FILE);
  const text = await readIfThere(file);
  if (text === undefined) throw new UserError(`${file} is missing`, AGAIN);
  const lines = text.trimEnd().split('\n');
  const episodes = lines.map((line, i) => {
    const entry = parse(episodeSchema, line, `${file} line ${i + 1}`);
    if (entry.episode_index !== i) {
      throw new UserError(
        `${file} line ${i + 1} is damaged (episode ${entry.episode_index} instead of ${i})`,
        AGAIN,
      );
    }
    return {
      index: i,
      length: entry.length,
      source: entry.source,
      startSeconds: entry.start_seconds,
      split: entry.split,
    };
  });
  const found = episodes.reduce((sum, { length }) => sum + length, 0);
  if (episodes.length === count && found === frames) return episodes;
  throw new UserError(
    `${file} has ${episodes.length} episodes with ${found} frames where ${INFO_FILE} says ${count} with ${frames}`,
    AGAIN,
  );
}

function parse<T>(schema: z.ZodType<T>, text: string, where: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new UserError(`${where} is damaged (not JSON)`, AGAIN);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`${where} is damaged (${issue?.path.join('.')}: ${issue?.message})`, AGAIN);
}

async function readActions(folder: string, info: DatasetInfo, episode: Episode): Promise<Float32Array> {
  const file = path.join(folder, tablePath(episode.index));
  const width = info.actionNames.length;
  const rows = await readRows(file);
  if (rows.length !== episode.length || rows.some(({ action }) => action.length !== width)) {
    throw new UserError(
      `${file} is damaged (${rows.length} rows of ${rows[0]?.action.length ?? 0} instead of ${episode.length} of ${width})`,
      AGAIN,
    );
  }
  return Float32Array.from(rows.flatMap(({ action }) => action));
}

async function readRows(file: string): Promise<{ action: number[] }[]> {
  let rows: unknown;
  try {
    rows = await parquetReadObjects({ file: await asyncBufferFromFile(file), columns: ['action'] });
  } catch (error) {
    throw new UserError(`${file} cannot be read (${error instanceof Error ? error.message : error})`, AGAIN);
  }
  const result = z.array(rowSchema).safeParse(rows);
  if (!result.success) throw new UserError(`${file} is damaged (no action column)`, AGAIN);
  return result.data;
}

async function readFrames(
  folder: string,
  info: DatasetInfo,
  episode: Episode,
  from: number,
  count: number,
): Promise<Uint8Array> {
  if (from < 0 || count < 0 || from + count > episode.length) {
    throw new RangeError(
      `frames [${from}, ${from + count}) of episode ${episode.index}, which has ${episode.length}`,
    );
  }
  const frameBytes = info.width * info.height * 3;
  const frames = new Uint8Array(count * frameBytes);
  if (count === 0) return frames;
  const file = path.join(folder, videoPath(episode.index));
  await readFile(file).catch(() => {
    throw new UserError(`${file} is missing`, AGAIN);
  });
  let read = 0;
  for await (const frame of decode(file, { width: info.width, height: info.height, from, count })) {
    frames.set(frame, read++ * frameBytes);
  }
  if (read === count) return frames;
  throw new UserError(`${file} is damaged (${read} frames instead of ${count} from frame ${from})`, AGAIN);
}
