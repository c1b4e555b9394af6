import { z } from 'zod';
import { MOTIONS } from '../../world/manifest.ts';

/**
 * Where the parts of a dataset lie. It is of LeRobot v3.0, whose paths are templates in `meta/info.json`: here each
 * episode has a table and a video of its own, as in v2.1, and every thousand episodes share a chunk folder.
 */
export const CHUNK_SIZE = 1000;
export const VIDEO_KEY = 'observation.images.camera';
/** The feature that holds the user's own actions. */
export const LOG_KEY = 'log';
export const INFO_FILE = 'meta/info.json';
/** The list of episodes that Reverie reads, a line of JSON each, and the one that LeRobot v3.0 reads. */
export const EPISODES_FILE = 'meta/episodes.jsonl';
export const EPISODES_TABLE = 'meta/episodes/chunk-000/file-000.parquet';
export const TASKS_FILE = 'meta/tasks.parquet';
export const STATS_FILE = 'meta/stats.json';
export const REPORT_FILE = 'meta/report.json';
export const TABLE_TEMPLATE = 'data/chunk-{chunk_index:03d}/episode_{file_index:06d}.parquet';
export const VIDEO_TEMPLATE = 'videos/chunk-{chunk_index:03d}/{video_key}/episode_{file_index:06d}.mp4';

/** The table of an episode, relative to the dataset. */
export function tablePath(episode: number): string {
  return `data/${chunk(episode)}/${episodeName(episode)}.parquet`;
}

/** The video of an episode, relative to the dataset. */
export function videoPath(episode: number): string {
  return `videos/${chunk(episode)}/${VIDEO_KEY}/${episodeName(episode)}.mp4`;
}

function chunk(episode: number): string {
  return `chunk-${String(Math.floor(episode / CHUNK_SIZE)).padStart(3, '0')}`;
}

function episodeName(episode: number): string {
  return `episode_${String(episode).padStart(6, '0')}`;
}

const positive = z.number().int().positive();

/** The part of `meta/info.json` that Reverie reads; LeRobot's own keys that it does not need may be there too. */
export const infoSchema = z.looseObject({
  codebase_version: z.enum(['v2.1', 'v3.0']),
  fps: z.number().positive(),
  total_episodes: positive,
  total_frames: positive,
  features: z.looseObject({
    [VIDEO_KEY]: z.looseObject({ shape: z.tuple([positive, positive, z.literal(3)]) }),
    action: z.looseObject({ names: z.array(z.enum(MOTIONS)).min(1) }),
  }),
  reverie: z.looseObject({
    name: z.string(),
    actionScale: z.array(z.number().positive()).min(1),
  }),
});

/** A line of `meta/episodes.jsonl`. */
export const episodeSchema = z.looseObject({
  episode_index: z.number().int().nonnegative(),
  length: positive,
  source: z.string(),
  start_seconds: z.number().nonnegative(),
  split: z.enum(['train', 'val']),
});
