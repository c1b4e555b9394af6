import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode, ingest } from '../../src/data/index.ts';
import { motionsOf } from '../../src/data/ingest/importLeRobot.ts';
import { readLeRobot } from '../../src/data/lerobot/read.ts';
import { ffmpeg, scratch } from './footage.ts';

const FPS = 10;
const LENGTHS = [24, 30];
const CAMERA = 'observation.images.front';
const folder = scratch();

function info(version: string, data: string, video: string): string {
  return JSON.stringify({
    codebase_version: version,
    fps: FPS,
    total_episodes: LENGTHS.length,
    total_frames: 54,
    chunks_size: 1000,
    data_path: data,
    video_path: video,
    features: {
      [CAMERA]: { dtype: 'video', shape: [48, 64, 3], names: ['height', 'width', 'channels'] },
      action: { dtype: 'float32', shape: [2], names: { motors: ['steering', 'throttle'] } },
    },
  });
}

/** Steering counts the frames of the episode, so that what belongs to which frame can be told. */
function rowsOf(episode: number): { episode: number[]; frame: number[]; action: number[][] } {
  const frame = Array.from({ length: LENGTHS[episode]! }, (_, t) => t);
  return { episode: frame.map(() => episode), frame, action: frame.map((t) => [t / 10, episode]) };
}

function table(file: string, episodes: readonly number[]): void {
  const rows = episodes.map(rowsOf);
  const integers = (values: number[]): BigInt64Array => BigInt64Array.from(values, BigInt);
  write(
    file,
    parquetWriteBuffer({
      columnData: [
        { name: 'episode_index', data: integers(rows.flatMap(({ episode }) => episode)), type: 'INT64' },
        { name: 'frame_index', data: integers(rows.flatMap(({ frame }) => frame)), type: 'INT64' },
        { name: 'action', data: rows.flatMap(({ action }) => action), type: 'JSON' },
      ],
    }),
  );
}

function write(file: string, content: string | ArrayBuffer): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, typeof content === 'string' ? content : new Uint8Array(content));
}

/** Frames whose grey level is 4 times the number of the frame. */
function film(file: string, frames: number): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const input = `color=c=black:size=64x48:rate=${FPS},geq=lum=4*N:cb=128:cr=128`;
  ffmpeg('-f', 'lavfi', '-i', input, '-frames:v', String(frames), '-pix_fmt', 'yuvj420p', '-crf', '4', file);
}

const v2 = path.join(folder, 'v2');
const v3 = path.join(folder, 'v3');

beforeAll(() => {
  const data = 'data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet';
  const video = 'videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4';
  write(path.join(v2, 'meta/info.json'), info('v2.1', data, video));
  for (const [episode, length] of LENGTHS.entries()) {
    table(path.join(v2, `data/chunk-000/episode_00000${episode}.parquet`), [episode]);
    film(path.join(v2, `videos/chunk-000/${CAMERA}/episode_00000${episode}.mp4`), length);
  }
  const shared = 'chunk-{chunk_index:03d}/file-{file_index:03d}';
  write(
    path.join(v3, 'meta/info.json'),
    info('v3.0', `data/${shared}.parquet`, `videos/{video_key}/${shared}.mp4`),
  );
  table(path.join(v3, 'data/chunk-000/file-000.parquet'), [0, 1]);
  film(path.join(v3, `videos/${CAMERA}/chunk-000/file-000.mp4`), 54);
  const zeros = BigInt64Array.of(0n, 0n);
  write(
    path.join(v3, 'meta/episodes/chunk-000/file-000.parquet'),
    parquetWriteBuffer({
      columnData: [
        { name: 'episode_index', data: BigInt64Array.of(0n, 1n), type: 'INT64' },
        { name: 'length', data: BigInt64Array.from(LENGTHS, BigInt), type: 'INT64' },
        ...[
          'data/chunk_index',
          'data/file_index',
          `videos/${CAMERA}/chunk_index`,
          `videos/${CAMERA}/file_index`,
        ].map((name) => ({ name, data: zeros, type: 'INT64' as const })),
        { name: `videos/${CAMERA}/from_timestamp`, data: [0, 2.4], type: 'DOUBLE' },
      ],
    }),
  );
});

describe('readLeRobot', () => {
  it.each([
    ['v2.1', v2, [0, 0]],
    ['v3.0', v3, [0, 2.4]],
  ])('reads %s', async (_, source, starts) => {
    const dataset = await readLeRobot(source);
    expect(dataset).toMatchObject({ fps: FPS, width: 64, height: 48, camera: CAMERA });
    expect(dataset.actionNames).toEqual(['steering', 'throttle']);
    expect(dataset.episodes.map(({ length }) => length)).toEqual(LENGTHS);
    expect(dataset.episodes.map(({ fromSeconds }) => fromSeconds)).toEqual(starts);
    expect(Array.from(dataset.episodes[1]!.actions.slice(0, 4))).toEqual([0, 1, 0.1, 1]);
  });
});

describe('a LeRobot dataset', () => {
  it('becomes one to train on, with its own actions and the right frames', async () => {
    const size = { width: 64, height: 48 };
    const dataset = await ingest({ inputs: [v3], out: path.join(folder, 'taken'), size });
    expect(dataset.info).toMatchObject({ fps: FPS, width: 64, height: 48 });
    expect(dataset.info.episodes.map(({ split }) => split)).toContain('val');
    const first = dataset.info.episodes.find(({ source }) => source === 'episode 1')!;
    const offset = Math.round(first.startSeconds * FPS);
    const actions = await dataset.actions(first);
    const yaw = dataset.info.actionNames.indexOf('yaw');
    const unit = dataset.info.actionScale[yaw]!;
    expect(actions[6 * 3 + yaw]! * unit).toBeCloseTo((offset + 3) / 10, 5);
    // The grey level tells which frame of the film it is.
    const film = decode(path.join(v3, `videos/${CAMERA}/chunk-000/file-000.mp4`), size);
    const levels: number[] = [];
    for await (const frame of film) levels.push(frame[0]!);
    const frames = await dataset.frames(first, 0, 4);
    for (let t = 0; t < 4; t++) {
      expect(Math.abs(frames[t * 64 * 48 * 3]! - levels[24 + offset + t]!)).toBeLessThan(2);
    }
    const metadata = JSON.parse(readFileSync(path.join(folder, 'taken/meta/info.json'), 'utf8'));
    expect(metadata.reverie.actionSource).toEqual({ yaw: 'steering', forward: 'throttle' });
  });

  it('is refused where Reverie cannot hold its actions, or a file is missing', async () => {
    expect(() => motionsOf(['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'arm')).toThrow(/arm have 7 dimensions/);
    expect(motionsOf(['shoulder', 'x.vel', 'theta.vel'], 'arm')).toEqual(['strafe', 'forward', 'yaw']);
    const broken = path.join(folder, 'broken');
    write(path.join(broken, 'meta/info.json'), '{"codebase_version": "v1.0"}');
    await expect(readLeRobot(broken)).rejects.toThrow(/broken.*info\.json is not of LeRobot v2 or v3/);
  });
});
