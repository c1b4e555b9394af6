import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Dataset, ingest, openDataset, openFrameStore, renderSample } from '../../src/data/index.ts';
import { readLeRobot } from '../../src/data/lerobot/read.ts';
import { UserError } from '../../src/errors.ts';
import { python } from '../python.ts';
import { correlation, ffmpeg, scratch } from './footage.ts';

const folder = scratch();
const clips = path.join(folder, 'clips');
const out = path.join(folder, 'dataset');
let dataset: Dataset;

function fingerprint(root: string): string {
  const hash = createHash('sha256');
  for (const part of ['meta', 'data', 'videos']) {
    const names = readdirSync(path.join(root, part), { recursive: true }).map(String).sort();
    for (const name of names) {
      const file = path.join(root, part, name);
      if (statSync(file).isFile()) hash.update(name).update(readFileSync(file));
    }
  }
  return hash.digest('hex');
}

beforeAll(async () => {
  const video = await renderSample(clips, { seconds: 7, width: 96, height: 72, fps: 20, seed: 4 });
  writeFileSync(path.join(clips, 'empty.mp4'), '');
  expect(existsSync(video)).toBe(true);
  dataset = await ingest({ inputs: [clips], out, size: { width: 64, height: 48 }, fieldOfView: 80 });
}, 60_000);

describe('ingest', () => {
  it('makes a dataset with training before validation', () => {
    expect(dataset.info).toMatchObject({ name: 'dataset', fps: 20, width: 64, height: 48 });
    expect(dataset.info.episodes.map(({ split, length }) => [split, length])).toEqual([
      ['train', 112],
      ['val', 28],
    ]);
    expect(dataset.info.episodes[1]).toMatchObject({ source: 'town.mp4', startSeconds: 5.6 });
  });

  it('reports the file that was no video', () => {
    const report = JSON.parse(readFileSync(path.join(out, 'meta/report.json'), 'utf8'));
    expect(report.bad).toMatchObject([{ reason: 'the file is empty (0 bytes)' }]);
  });

  it('gives actions and frames of the right shape', async () => {
    const [first] = dataset.info.episodes;
    const actions = await dataset.actions(first!);
    expect(actions).toHaveLength(112 * 6);
    expect(Array.from(actions.slice(-6))).toEqual(Array.from(actions.slice(-12, -6)));
    expect(actions.every((value) => Math.abs(value) < 6)).toBe(true);
    expect(await dataset.frames(first!, 100, 5)).toHaveLength(5 * 48 * 64 * 3);
    await expect(dataset.frames(first!, 100, 50)).rejects.toThrow(RangeError);
  });

  it('stores decoded frames that equal those of the videos, and notices when they are stale', async () => {
    const last = dataset.info.episodes[1]!;
    const store = await openFrameStore(dataset);
    const window = await store.read(last, 9, 4);
    expect(Buffer.from(window).equals(Buffer.from(await dataset.frames(last, 9, 4)))).toBe(true);
    await store.close();
    const cache = path.join(out, 'cache/frames.u8');
    expect(statSync(cache).size).toBe(140 * 64 * 48 * 3);
    writeFileSync(path.join(out, 'cache/frames.json'), '{"key":"old"}');
    writeFileSync(cache, Buffer.alloc(140 * 64 * 48 * 3));
    const renewed = await openFrameStore(dataset);
    expect(Buffer.from(await renewed.read(last, 9, 4)).equals(Buffer.from(window))).toBe(true);
    await renewed.close();
  });

  it('writes the columns that LeRobot expects', async () => {
    const file = await asyncBufferFromFile(path.join(out, 'data/chunk-000/episode_000001.parquet'));
    const metadata = await parquetMetadataAsync(file);
    expect(Number(metadata.num_rows)).toBe(28);
    const rows = await parquetReadObjects({ file });
    expect(rows[3]).toMatchObject({ frame_index: 3n, episode_index: 1n, index: 115n, task_index: 0n });
    expect(rows[3]?.timestamp).toBeCloseTo(0.15, 6);
    expect(rows[3]?.action).toHaveLength(6);
    const info = JSON.parse(readFileSync(path.join(out, 'meta/info.json'), 'utf8'));
    expect(info).toMatchObject({
      codebase_version: 'v3.0',
      total_frames: 140,
      splits: { train: '0:1', val: '1:2' },
    });
    expect(Object.keys(info.features)).toEqual(expect.arrayContaining(Object.keys(rows[0] ?? {})));
  });

  it('is a LeRobot v3.0 dataset to a reader that follows its metadata alone', async () => {
    const read = await readLeRobot(out);
    expect(read).toMatchObject({ fps: 20, width: 64, height: 48, camera: 'observation.images.camera' });
    expect(read.actionNames).toEqual(dataset.info.actionNames);
    expect(read.episodes.map(({ length, fromSeconds }) => [length, fromSeconds])).toEqual([
      [112, 0],
      [28, 0],
    ]);
    const actions = await dataset.actions(dataset.info.episodes[1]!);
    expect(Float32Array.from(read.episodes[1]!.actions)).toEqual(actions);
  });

  it('opens in pyarrow, where that is installed', (context) => {
    const interpreter = python('pyarrow.parquet');
    if (interpreter === undefined) return context.skip();
    const script = `import pyarrow.parquet as p, json
t = p.read_table('${out}/data/chunk-000/episode_000001.parquet')
print(json.dumps([t.num_rows, str(t.schema.field('action').type), t.column('action')[2].as_py(), t.column('keys')[2].as_py()]))`;
    const [rows, type, action, keys] = JSON.parse(
      execFileSync(interpreter, ['-c', script], { encoding: 'utf8' }),
    );
    expect(rows).toBe(28);
    expect(type).toMatch(/^list<.*float>$/);
    expect(action).toHaveLength(6);
    expect(typeof keys).toBe('string');
  });

  it('gives the same bytes again, and goes on where it was stopped', async () => {
    const before = fingerprint(out);
    const options = { inputs: [clips], size: { width: 64, height: 48 }, fieldOfView: 80 };
    const written = statSync(path.join(out, 'meta/info.json')).mtimeMs;
    await ingest({ ...options, out });
    expect(statSync(path.join(out, 'meta/info.json')).mtimeMs).toBe(written);
    // As if it had been stopped half-way: one episode is missing and a temporary file is left.
    const interrupted = path.join(folder, 'again', 'dataset');
    cpSync(path.join(out, '.ingest'), path.join(interrupted, '.ingest'), { recursive: true });
    const stage = path.join(interrupted, '.ingest');
    const [victim] = readdirSync(stage).filter(
      (name) => name.endsWith('.json') && name.startsWith('episode'),
    );
    rmSync(path.join(stage, victim!));
    writeFileSync(path.join(stage, 'x.mp4.1.partial.mp4'), 'half');
    await ingest({ ...options, out: interrupted });
    expect(fingerprint(interrupted)).toBe(before);
    expect(readdirSync(stage).filter((name) => name.includes('partial'))).toEqual([]);
  });
});

describe('repeated frames', () => {
  it('are left out and reported, and the motion is that of the frames that are left', async () => {
    const slow = path.join(folder, 'slow');
    await renderSample(slow, { seconds: 5, width: 96, height: 72, fps: 25, seed: 4 });
    const pulled = path.join(folder, 'pulled.mp4');
    ffmpeg(
      '-i',
      path.join(slow, 'town.mp4'),
      '-r',
      '30',
      '-c:v',
      'libx264',
      '-crf',
      '16',
      '-bf',
      '0',
      pulled,
    );
    const options = { size: { width: 64, height: 48 }, fieldOfView: 80 };
    const made = await ingest({ ...options, inputs: [pulled], out: path.join(folder, 'pulled') });
    const plain = await ingest({
      ...options,
      inputs: [path.join(slow, 'town.mp4')],
      out: path.join(folder, 'plain'),
    });
    const report = JSON.parse(readFileSync(path.join(folder, 'pulled/meta/report.json'), 'utf8'));
    const count = (of: Dataset): number => of.info.episodes.reduce((sum, { length }) => sum + length, 0);
    expect(Math.abs(report.clips[0].repeated.length - 25)).toBeLessThanOrEqual(1);
    expect(Math.abs(count(made) - count(plain))).toBeLessThanOrEqual(2);
    const yaw = async (of: Dataset): Promise<number[]> => {
      const actions = await of.actions(of.info.episodes[0]!);
      return Array.from({ length: 90 }, (_, t) => actions[6 * t + 3]! * of.info.actionScale[3]!);
    };
    expect(correlation(await yaw(made), await yaw(plain))).toBeGreaterThan(0.98);
  }, 60_000);
});

describe('bad input', () => {
  const refuse = async (inputs: string[], message: RegExp, target = 'refused'): Promise<void> => {
    const attempt = ingest({ inputs, out: path.join(folder, target), fieldOfView: 80 });
    await expect(attempt).rejects.toThrow(UserError);
    await expect(attempt).rejects.toThrow(message);
  };

  it('is refused with a line that says what to do', async () => {
    const empty = path.join(folder, 'nothing');
    cpSync(path.join(clips, 'town.csv'), path.join(empty, 'notes.txt'));
    await refuse([path.join(folder, 'missing.mp4')], /no such file or folder: .*missing\.mp4/);
    await refuse([empty], /no video in .*nothing/);
    await refuse([path.join(clips, 'empty.mp4')], /empty\.mp4: the file is empty/);
    const brief = path.join(folder, 'brief.mp4');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=64x48:rate=20:duration=0.3', brief);
    await refuse([brief], /too short/);
  });

  it('a camera that does not move is refused', async () => {
    const still = path.join(folder, 'still.mp4');
    const noisy = ['-vf', 'trim=end_frame=1,loop=60:1:0,setpts=N/20/TB,noise=alls=6:allf=t', '-r', '20'];
    ffmpeg('-i', path.join(clips, 'town.mp4'), ...noisy, '-frames:v', '60', still);
    await refuse([still], /does not move/);
    const frozen = path.join(folder, 'frozen.mp4');
    ffmpeg(
      '-i',
      path.join(clips, 'town.mp4'),
      '-vf',
      'trim=end_frame=1,loop=60:1:0,setpts=N/20/TB',
      '-r',
      '20',
      frozen,
    );
    await refuse([frozen], /does not move|frozen/);
  });

  it('a folder with other files is not written into', async () => {
    await refuse([clips], /holds other files/, 'clips');
    expect(existsSync(path.join(clips, 'town.mp4'))).toBe(true);
  });

  it('a damaged dataset names the file', async () => {
    await expect(openDataset(path.join(folder, 'nowhere'))).rejects.toThrow(/no dataset in .*nowhere/);
    const damaged = path.join(folder, 'damaged');
    cpSync(out, damaged, { recursive: true });
    rmSync(path.join(damaged, 'data/chunk-000/episode_000000.parquet'));
    const opened = await openDataset(damaged);
    await expect(opened.actions(opened.info.episodes[0]!)).rejects.toThrow(
      /episode_000000\.parquet cannot be read/,
    );
    writeFileSync(path.join(damaged, 'meta/episodes.jsonl'), '{"episode_index":0}\n');
    await expect(openDataset(damaged)).rejects.toThrow(/episodes\.jsonl line 1 is damaged/);
  });
});
