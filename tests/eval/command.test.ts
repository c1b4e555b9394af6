import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { evalCommand, evaluate } from '../../src/eval/command.ts';
import { evaluateWorlds } from '../../src/eval/evaluation.ts';
import { writeReport } from '../../src/eval/report/write.ts';
import { blurredWorld, fakeDataset, frozenWorld } from './fakes.ts';

const SETTINGS = { rollouts: 4, horizon: 10, seed: 1 };
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'reverie-eval-'));
});
afterAll(() => rm(folder, { recursive: true }));

test('a report folder holds the page, the numbers, the film and the controls, byte for byte the same', async () => {
  const hashes = async (out: string): Promise<Record<string, string>> => {
    const evaluation = await evaluateWorlds([blurredWorld(), frozenWorld()], fakeDataset(), SETTINGS);
    await writeReport(evaluation, out);
    const files = await readdir(out);
    const contents = await Promise.all(files.map((file) => readFile(path.join(out, file))));
    return Object.fromEntries(
      files.map((file, i) => [file, createHash('sha256').update(contents[i]!).digest('hex')]),
    );
  };
  const first = await hashes(path.join(folder, 'first'));
  expect(Object.keys(first).sort()).toEqual([
    'controls.png',
    'metrics.csv',
    'report.html',
    'rollouts.mp4',
    'summary.csv',
  ]);
  expect(await hashes(path.join(folder, 'second'))).toEqual(first);
});

test('the numbers have one line for each source, and for each horizon', async () => {
  const summary = await readFile(path.join(folder, 'first', 'summary.csv'), 'utf8');
  expect(summary.trimEnd().split('\n')).toHaveLength(1 + 5);
  expect(summary).toMatch(/^copy last frame,copy,4,.*,,,,$/m);
  const csv = await readFile(path.join(folder, 'first', 'metrics.csv'), 'utf8');
  const lines = csv.trimEnd().split('\n');
  expect(lines[0]).toMatch(/^source,kind,horizon,rollouts,psnr,/);
  expect(lines).toHaveLength(1 + (2 + 2 + 1) * SETTINGS.horizon);
});

test('folders that are not there are the user’s to know', async () => {
  const missing = path.join(folder, 'nowhere');
  await expect(evaluate({ ...SETTINGS, worlds: [missing], data: missing })).rejects.toBeInstanceOf(UserError);
});

test('the help shows how to compare worlds', () => {
  const command = evalCommand();
  expect(command.helpInformation()).toContain('--horizon');
  expect(command.name()).toBe('eval');
});
