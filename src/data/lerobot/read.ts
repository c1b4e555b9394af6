import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { z } from 'zod';
import { UserError } from '../../errors.ts';
import { INFO_FILE } from './schema.ts';

/** An episode of a LeRobot dataset: where its frames are, and what was commanded. */
export interface LeRobotEpisode {
  readonly length: number;
  /** The video, and where in it the episode begins; in v3.0 many episodes share one file. */
  readonly video: string;
  readonly fromSeconds: number;
  /** [length, actionNames.length], in the dataset's own units. */
  readonly actions: Float64Array;
}

/** What Reverie takes from a LeRobot dataset. */
export interface LeRobotDataset {
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** The camera that was chosen, as in `observation.images.front`. */
  readonly camera: string;
  readonly actionNames: readonly string[];
  readonly episodes: readonly LeRobotEpisode[];
}

const count = z.number().int().positive();
const feature = z.looseObject({
  dtype: z.string(),
  shape: z.array(z.number().int()),
  names: z.unknown().optional(),
});
const foreignInfo = z.looseObject({
  codebase_version: z.enum(['v2.0', 'v2.1', 'v3.0']),
  fps: z.number().positive(),
  total_episodes: count,
  chunks_size: count,
  data_path: z.string(),
  video_path: z.string(),
  features: z.record(z.string(), feature),
});
type ForeignInfo = z.infer<typeof foreignInfo>;
const whole = z.union([z.number(), z.bigint()]).transform(Number);
// An action of one dimension is stored as a bare number.
const action = z.union([z.array(z.number()), z.number().transform((value) => [value])]);
const row = z.object({ episode_index: whole, frame_index: whole, action });
type Row = z.infer<typeof row>;

/** Whether a folder is a LeRobot dataset. */
export function isLeRobot(folder: string): boolean {
  return existsSync(path.join(folder, INFO_FILE));
}

/**
 * Reads a LeRobot dataset, v2.0, v2.1 or v3.0, with at least one camera kept as video and an action vector. Of
 * several cameras the first in the order of the metadata is taken.
 *
 * @throws UserError naming the file and what it lacks
 */
export async function readLeRobot(folder: string): Promise<LeRobotDataset> {
  const info = await readInfo(folder);
  const cameras = Object.entries(info.features).filter(([, { dtype }]) => dtype === 'video');
  const [camera] = cameras;
  const { action } = info.features;
  if (camera === undefined) throw new UserError(`${folder} has no camera that is kept as video`);
  if (action === undefined) throw new UserError(`${folder} has no action`);
  const [key, { shape, names }] = camera;
  const size = sizeOf(shape, names);
  const episodes =
    info.codebase_version === 'v3.0'
      ? await episodesOfV3(folder, info, key)
      : await episodesOfV2(folder, info, key);
  const actionNames = namesOf(action.names, action.shape[0] ?? 1);
  for (const [index, episode] of episodes.entries()) {
    if (episode.actions.length === episode.length * actionNames.length) continue;
    throw new UserError(`episode ${index} of ${folder} is damaged (its rows do not fit its length)`);
  }
  return { fps: info.fps, ...size, camera: key, actionNames, episodes };
}

async function readInfo(folder: string): Promise<ForeignInfo> {
  const file = path.join(folder, INFO_FILE);
  let raw: unknown;
  try {
    raw = JSON.parse(await readFile(file, 'utf8'));
  } catch {
    throw new UserError(`${file} is damaged (not JSON)`);
  }
  const result = foreignInfo.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`${file} is not of LeRobot v2 or v3 (${issue?.path.join('.')}: ${issue?.message})`);
}

/** Sizes stand in the order of their names, which differs between versions. */
function sizeOf(shape: readonly number[], names: unknown): { width: number; height: number } {
  const order = Array.isArray(names) ? names.map(String) : ['height', 'width', 'channels'];
  return { height: shape[order.indexOf('height')] ?? 0, width: shape[order.indexOf('width')] ?? 0 };
}

/** Names stand in a list, or in lists under a heading, or nowhere. */
function namesOf(names: unknown, dimensions: number): string[] {
  const listed = Array.isArray(names)
    ? names
    : typeof names === 'object' && names !== null
      ? Object.values(names)
      : [];
  const flat = listed.flat().map(String);
  return flat.length === dimensions ? flat : Array.from({ length: dimensions }, (_, i) => `action ${i}`);
}

/** Fills in a path like `data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet`. */
function filled(template: string, values: Readonly<Record<string, number | string>>): string {
  return template.replace(/\{(\w+)(?::0?(\d+)d)?\}/g, (_, name: string, digits: string | undefined) =>
    String(values[name] ?? '').padStart(Number(digits ?? 0), '0'),
  );
}

async function episodesOfV2(folder: string, info: ForeignInfo, key: string): Promise<LeRobotEpisode[]> {
  const episodes: LeRobotEpisode[] = [];
  for (let index = 0; index < info.total_episodes; index++) {
    const at = {
      episode_chunk: Math.floor(index / info.chunks_size),
      episode_index: index,
      video_key: key,
    };
    const rows = await readRows(path.join(folder, filled(info.data_path, at)));
    const video = path.join(folder, filled(info.video_path, at));
    if (!existsSync(video)) throw new UserError(`${video} is missing`);
    episodes.push({ length: rows.length, video, fromSeconds: 0, actions: actionsOf(rows) });
  }
  return episodes;
}

async function episodesOfV3(folder: string, info: ForeignInfo, key: string): Promise<LeRobotEpisode[]> {
  const episodeSchema = z
    .record(z.string(), z.unknown())
    .transform((entry) => ({
      index: entry.episode_index,
      length: entry.length,
      dataChunk: entry['data/chunk_index'],
      dataFile: entry['data/file_index'],
      videoChunk: entry[`videos/${key}/chunk_index`],
      videoFile: entry[`videos/${key}/file_index`],
      fromSeconds: entry[`videos/${key}/from_timestamp`],
    }))
    .pipe(
      z.object({
        ...{ index: whole, length: whole, dataChunk: whole, dataFile: whole },
        ...{ videoChunk: whole, videoFile: whole, fromSeconds: z.number() },
      }),
    );
  const files = (await readdir(path.join(folder, 'meta/episodes'), { recursive: true }).catch(() => []))
    .filter((name) => name.endsWith('.parquet'))
    .toSorted();
  const listed = (
    await Promise.all(
      files.map((name) => readParquet(path.join(folder, 'meta/episodes', name), episodeSchema)),
    )
  )
    .flat()
    .toSorted((a, b) => a.index - b.index);
  if (listed.length !== info.total_episodes) {
    throw new UserError(
      `${folder}/meta/episodes lists ${listed.length} episodes and ${INFO_FILE} ${info.total_episodes}`,
    );
  }
  const tables = new Map<string, Map<number, Row[]>>();
  const episodes: LeRobotEpisode[] = [];
  for (const entry of listed) {
    const table = path.join(
      folder,
      filled(info.data_path, {
        chunk_index: entry.dataChunk,
        file_index: entry.dataFile,
      }),
    );
    const rows = tables.get(table) ?? byEpisode(await readRows(table));
    tables.set(table, rows);
    const video = path.join(
      folder,
      filled(info.video_path, {
        video_key: key,
        chunk_index: entry.videoChunk,
        file_index: entry.videoFile,
      }),
    );
    if (!existsSync(video)) throw new UserError(`${video} is missing`);
    episodes.push({
      length: entry.length,
      video,
      fromSeconds: entry.fromSeconds,
      actions: actionsOf(rows.get(entry.index) ?? []),
    });
  }
  return episodes;
}

function byEpisode(rows: readonly Row[]): Map<number, Row[]> {
  const groups = new Map<number, Row[]>();
  for (const entry of rows) {
    const group = groups.get(entry.episode_index);
    if (group === undefined) groups.set(entry.episode_index, [entry]);
    else group.push(entry);
  }
  return groups;
}

async function readRows(file: string): Promise<Row[]> {
  return readParquet(file, row, ['episode_index', 'frame_index', 'action']);
}

async function readParquet<T>(file: string, schema: z.ZodType<T>, columns?: string[]): Promise<T[]> {
  let rows: unknown;
  try {
    rows = await parquetReadObjects({
      file: await asyncBufferFromFile(file),
      ...(columns === undefined ? {} : { columns }),
    });
  } catch (error) {
    throw new UserError(`${file} cannot be read (${error instanceof Error ? error.message : error})`);
  }
  const result = z.array(schema).safeParse(rows);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new UserError(`${file} is damaged (row ${issue?.path.join('.')}: ${issue?.message})`);
}

function actionsOf(rows: readonly Row[]): Float64Array {
  const inOrder = rows.toSorted((a, b) => a.frame_index - b.frame_index);
  return Float64Array.from(inOrder.flatMap(({ action }) => action));
}
