import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { MOTIONS, type Motion } from '../../world/manifest.ts';
import { heldKeys } from '../actions/keys.ts';
import type { Camera } from '../egomotion/camera.ts';
import { writeAtomically } from '../fileSystem.ts';
import type { FrameFormat } from '../ingest/format.ts';
import type { IngestReport } from '../ingest/reportSchema.ts';
import { encodeEpisodes, encodeTasks } from './episodesTable.ts';
import {
  CHUNK_SIZE,
  EPISODES_FILE,
  EPISODES_TABLE,
  INFO_FILE,
  LOG_KEY,
  REPORT_FILE,
  STATS_FILE,
  TABLE_TEMPLATE,
  TASKS_FILE,
  tablePath,
  VIDEO_KEY,
  VIDEO_TEMPLATE,
} from './schema.ts';
import { featureStats, mergedStats, type Nested, pictureStatsSchema } from './stats.ts';
import { encodeTable } from './table.ts';

/** An episode as it is written; its video is in place already. */
export interface EpisodeContent {
  readonly source: string;
  readonly startSeconds: number;
  readonly split: 'train' | 'val';
  /** Displacement to the next frame, [length, 6]. */
  readonly displacement: Float64Array;
  readonly confidence: Float64Array;
  /** The user's own actions, [length, logNames.length], where there is a log. */
  readonly log?: Float32Array;
  /** File with the statistics of the pictures. */
  readonly pictureStats: string;
}

/** A whole dataset as it is written. */
export interface DatasetContent {
  readonly folder: string;
  readonly name: string;
  readonly format: FrameFormat;
  /** One normalised unit of each dimension. */
  readonly scale: readonly number[];
  /** The camera at the size of the frames, where it was measured. */
  readonly camera?: Camera;
  /** The fields of view that explain the footage about as well, in degrees; none where it was given. */
  readonly fieldsOfView?: { readonly from: number; readonly to: number };
  /** Columns of the user's own log. */
  readonly logNames: readonly string[];
  /** Where the actions come from, when they are not the camera's measured motion. */
  readonly actionSource?: Readonly<Partial<Record<Motion, string>>>;
  readonly episodes: readonly EpisodeContent[];
  readonly report: IngestReport;
  /** Identifies what the dataset was made from. */
  readonly content: string;
}

const TASK = 'move through the place as the camera did';

/** Writes the tables and the metadata of a dataset; `meta/info.json` comes last. */
export async function writeDatasetTables(content: DatasetContent): Promise<void> {
  const { folder, format, scale, episodes } = content;
  const lines: string[] = [];
  const stats: Record<string, Nested>[] = [];
  let firstRow = 0;
  for (const [index, episode] of episodes.entries()) {
    const actions = Float32Array.from(episode.displacement, (value, i) => value / scale[i % scale.length]!);
    const length = episode.confidence.length;
    const table = encodeTable({
      ...{ episode: index, firstRow, fps: format.fps, actions, dimensions: scale.length },
      ...{ confidence: episode.confidence, keys: heldKeys(actions) },
      ...(episode.log === undefined ? {} : { log: episode.log }),
    });
    await writeAtomically(path.join(folder, tablePath(index)), table);
    lines.push(
      JSON.stringify({
        ...{ episode_index: index, tasks: [TASK], length },
        ...{ source: episode.source, start_seconds: episode.startSeconds, split: episode.split },
      }),
    );
    const pictures: unknown = JSON.parse(await readFile(episode.pictureStats, 'utf8'));
    const rows = Array.from({ length }, (_, t) => t);
    stats.push({
      [VIDEO_KEY]: pictureStatsSchema.parse(pictures),
      action: featureStats(actions, scale.length),
      confidence: featureStats(episode.confidence, 1),
      ...(episode.log === undefined ? {} : { [LOG_KEY]: featureStats(episode.log, content.logNames.length) }),
      timestamp: featureStats(
        rows.map((t) => t / format.fps),
        1,
      ),
      frame_index: featureStats(rows, 1),
      episode_index: featureStats(
        rows.map(() => index),
        1,
      ),
      index: featureStats(
        rows.map((t) => firstRow + t),
        1,
      ),
      task_index: featureStats(
        rows.map(() => 0),
        1,
      ),
    });
    firstRow += length;
  }
  const write = (file: string, text: string): Promise<void> =>
    writeAtomically(path.join(folder, file), `${text}\n`);
  await write(EPISODES_FILE, lines.join('\n'));
  await write(STATS_FILE, JSON.stringify(mergedStats(stats), undefined, 2));
  const listed = episodes.map((episode) => ({ ...episode, task: TASK, length: episode.confidence.length }));
  await writeAtomically(path.join(folder, EPISODES_TABLE), encodeEpisodes(listed, format.fps));
  await writeAtomically(path.join(folder, TASKS_FILE), encodeTasks([TASK]));
  await write(REPORT_FILE, JSON.stringify(content.report, undefined, 2));
  await write(INFO_FILE, JSON.stringify(infoOf(content, firstRow), undefined, 2));
}

function infoOf(dataset: DatasetContent, rows: number): unknown {
  const { name, format, scale, camera, fieldsOfView, episodes, content, logNames, actionSource } = dataset;
  const count = episodes.length;
  const training = episodes.filter(({ split }) => split === 'train').length;
  const scalar = (dtype: string): unknown => ({ dtype, shape: [1], names: null });
  return {
    codebase_version: 'v3.0',
    robot_type: 'camera',
    total_episodes: count,
    total_frames: rows,
    total_tasks: 1,
    chunks_size: CHUNK_SIZE,
    fps: format.fps,
    splits: { train: `0:${training}`, ...(training < count ? { val: `${training}:${count}` } : {}) },
    data_path: TABLE_TEMPLATE,
    video_path: VIDEO_TEMPLATE,
    features: {
      [VIDEO_KEY]: {
        dtype: 'video',
        shape: [format.height, format.width, 3],
        names: ['height', 'width', 'channels'],
        info: {
          'video.fps': format.fps,
          'video.height': format.height,
          'video.width': format.width,
          'video.channels': 3,
          'video.codec': 'h264',
          'video.pix_fmt': 'yuv420p',
          'video.is_depth_map': false,
          has_audio: false,
        },
      },
      action: { dtype: 'float32', shape: [MOTIONS.length], names: [...MOTIONS] },
      confidence: scalar('float32'),
      ...(logNames.length === 0
        ? {}
        : { [LOG_KEY]: { dtype: 'float32', shape: [logNames.length], names: [...logNames] } }),
      keys: scalar('string'),
      timestamp: scalar('float32'),
      frame_index: scalar('int64'),
      episode_index: scalar('int64'),
      index: scalar('int64'),
      task_index: scalar('int64'),
    },
    reverie: {
      version: 1,
      name,
      content,
      actionScale: scale,
      ...(camera === undefined ? {} : { camera }),
      ...(fieldsOfView === undefined ? {} : { fieldsOfView }),
      ...(actionSource === undefined ? {} : { actionSource }),
      conventions: {
        camera: 'x right, y down, z forward',
        action:
          "camera motion from the row's frame to the next, divided by actionScale; an episode's last row repeats the one before",
        forward:
          'along the view half-way to the next frame, positive forwards; unit: camera heights per frame over the canonical floor',
        strafe: 'to the right; same unit as forward',
        vertical: 'upwards; same unit as forward',
        yaw: 'radians per frame, positive to the right',
        pitch: 'radians per frame, positive upwards',
        roll: 'radians per frame, positive clockwise as the camera sees it',
        keys: 'keys that would have been held, joined with +, or none: W S forward and back, A D sideways, arrows turn',
        confidence: '0 … 1, share of the tracked points that agree with the motion',
        log: "the user's own actions at the frame's time, in their own units",
        split: 'val is the end of the footage by time; see episodes.jsonl',
      },
    },
  };
}
