import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decode, probeVideo } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import { evalCommand, evaluate } from '../../src/eval/command.ts';
import { evaluateWorlds } from '../../src/eval/evaluation.ts';
import { listText } from '../../src/eval/list.ts';
import { METRICS } from '../../src/eval/metrics/registry.ts';
import { writeRecording } from '../../src/eval/report/recordings.ts';
import { writeReport } from '../../src/eval/report/write.ts';
import { python } from '../python.ts';
import { blurredWorld, fakeDataset, fakeWorld, SIZE, scratchStore } from './fakes.ts';

const SETTINGS = { rollouts: 2, horizon: 10, seeds: 1, seed: 1 };
const store = scratchStore();
let folder: string;
let page: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'reverie-eval-'));
  page = await readFile(await report('first'), 'utf8');
});
afterAll(() => rm(folder, { recursive: true }));

async function report(name: string): Promise<string> {
  const out = path.join(folder, name);
  const worlds = [blurredWorld(), fakeWorld({ name: 'a <b> & "c"', obey: () => 0 })];
  const evaluation = await evaluateWorlds(worlds, fakeDataset(), SETTINGS, {
    store,
    record: (recording) => writeRecording(recording, 10, path.join(out, 'rollouts')),
  });
  return (await writeReport(evaluation, out)).report;
}

async function hashes(name: string): Promise<Record<string, string>> {
  const out = path.join(folder, name);
  const found = await readdir(out, { recursive: true, withFileTypes: true });
  const files = found
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name));
  const contents = await Promise.all(files.map((file) => readFile(file)));
  return Object.fromEntries(
    files
      .map((file, i) => [path.relative(out, file), createHash('sha256').update(contents[i]!).digest('hex')])
      .sort(),
  );
}

describe('a report folder', () => {
  test('holds the page, the numbers, the films and the rollouts, byte for byte the same', async () => {
    const first = await hashes('first');
    expect(Object.keys(first)).toEqual([
      'differences.csv',
      'films/clip-00.mp4',
      'films/clip-01.mp4',
      'metrics.csv',
      'metrics.parquet',
      'report.html',
      'rollouts/a-b-c/clip-00-seed-0.csv',
      'rollouts/a-b-c/clip-00-seed-0.mp4',
      'rollouts/a-b-c/clip-01-seed-0.csv',
      'rollouts/a-b-c/clip-01-seed-0.mp4',
      'rollouts/blurred/clip-00-seed-0.csv',
      'rollouts/blurred/clip-00-seed-0.mp4',
      'rollouts/blurred/clip-01-seed-0.csv',
      'rollouts/blurred/clip-01-seed-0.mp4',
      'summary.md',
    ]);
    await report('second');
    expect(await hashes('second')).toEqual(first);
  });

  test('has the same numbers in CSV and parquet', async () => {
    const bytes = await readFile(path.join(folder, 'first/metrics.parquet'));
    const rows = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    const lines = (await readFile(path.join(folder, 'first/metrics.csv'), 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('source,kind,question,metric,unit,better,horizon,value,low,high,rollouts');
    expect(rows).toHaveLength(lines.length - 1);
    const psnr = rows.find(
      ({ metric, horizon, source }) => metric === 'psnr' && horizon === 10 && source === 'blurred',
    )!;
    const line = lines.find((text) => text.startsWith('blurred,world,drift,psnr,dB,higher,10,'))!;
    expect(Number(line.split(',')[7])).toBe(psnr.value);
    expect(psnr.low).toBeLessThanOrEqual(Number(psnr.value));
  });

  test('has a table for a card, a column for each source', async () => {
    const lines = (await readFile(path.join(folder, 'first/summary.md'), 'utf8')).trimEnd().split('\n');
    const cells = lines.map((line) => line.split(/(?<!\\)\|/).length);
    expect(new Set(cells).size).toBe(1);
    expect(lines[0]).toContain('| blurred |');
    const csv = await readFile(path.join(folder, 'first/metrics.csv'), 'utf8');
    const whole = csv.split('\n').find((line) => line.startsWith('blurred,world,drift,psnr,dB,higher,,'))!;
    const psnr = lines.find((line) => line.startsWith('| PSNR |'))!;
    expect(psnr).toContain(Number(whole.split(',')[7]).toFixed(2));
  });

  const interpreter = python('pyarrow');
  test.skipIf(interpreter === undefined)('has parquet that pyarrow reads', () => {
    const script = `
import sys, pyarrow.parquet as p
t = p.read_table(sys.argv[1])
print(t.num_rows, t.schema.field('value').type, t.schema.field('horizon').type, t['kind'][0])`;
    const { stdout, stderr } = spawnSync(
      interpreter!,
      ['-c', script, path.join(folder, 'first/metrics.parquet')],
      {
        encoding: 'utf8',
      },
    );
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^\d{3,} double int32 world$/m);
  });

  test('has each rollout as a video with the action that led to each frame', async () => {
    const file = path.join(folder, 'first/rollouts/blurred/clip-00-seed-0');
    const lines = (await readFile(`${file}.csv`, 'utf8')).trimEnd().split('\n');
    expect(lines[0]).toBe('frame,yaw');
    expect(lines).toHaveLength(1 + SETTINGS.horizon);
    let frames = 0;
    for await (const _ of decode(`${file}.mp4`, SIZE)) frames++;
    expect(frames).toBe(1 + SETTINGS.horizon);
    const film = await probeVideo(path.join(folder, 'first/films/clip-00.mp4'));
    // The truth, two worlds, their autoencoders and two baselines, with gaps of 4 pixels.
    expect(film).toMatchObject({
      kind: 'video',
      video: { width: 7 * SIZE.width + 6 * 4, height: SIZE.height },
    });
  });
});

describe('the page', () => {
  const withoutPictures = (): string => page.replaceAll(/base64,[^"]*/g, '');

  test('needs no network and no other file, and shows names as text', () => {
    const text = withoutPictures();
    expect(text).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
    expect(text).not.toContain('<b> &');
    expect(text.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:/);
    expect(text).not.toMatch(/src="(?!data:)/);
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });

  test('has a plot for each metric that has a curve, a film for each rollout shown, and explains every metric', () => {
    const text = withoutPictures();
    const curves = METRICS.filter(({ points }) => points !== undefined);
    expect(text.match(/<figure><svg/g)).toHaveLength(curves.length);
    expect(text.match(/<video src="data:video\/mp4/g)).toHaveLength(2);
    for (const { title } of METRICS) expect(text).toContain(`<dt>${title}</dt>`);
  });
});

describe('the command', () => {
  test('lists what each metric answers, which way is better and what fools it', () => {
    const text = listText(METRICS);
    for (const { id, answers, better, fooledBy } of METRICS) {
      expect(text).toContain(`  ${id} (`);
      expect(text).toContain(`${answers} Better: ${better}.\n    Fooled by: ${fooledBy}`);
    }
  });

  test('needs a world and a dataset unless it only lists', async () => {
    const run = (...flags: string[]) => evalCommand().exitOverride().parseAsync(flags, { from: 'user' });
    await expect(run()).rejects.toThrow('no world given');
    await expect(run('worlds/ride')).rejects.toThrow('--data');
  });

  test('says what a folder that is no world is not', async () => {
    await expect(evaluate({ worlds: [folder], data: folder })).rejects.toBeInstanceOf(UserError);
  });
});
