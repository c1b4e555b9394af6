import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { type NamedTensor, readSafetensors, writeSafetensors } from '../../src/train/safetensors.ts';
import { python } from '../python.ts';

let folder: string;
let path: string;
const tensors = new Map<string, NamedTensor>([
  [
    'params/a.weight',
    { shape: [2, 3], data: Float32Array.of(1, -2.5, 3e-30, Number.POSITIVE_INFINITY, -0, 7) },
  ],
  ['params/größe', { shape: [], data: Float32Array.of(4) }],
  ['empty', { shape: [0, 5], data: new Float32Array(0) }],
]);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'reverie-safetensors-'));
  path = join(folder, 'whole.safetensors');
  await writeSafetensors(path, tensors, { reverie: '{"step":3}' });
});

afterAll(() => rm(folder, { recursive: true }));

describe('safetensors', () => {
  it('come back as they went in, and nothing else is left in the folder', async () => {
    expect(await readSafetensors(path)).toEqual({ tensors, metadata: { reverie: '{"step":3}' } });
    expect(await readdir(folder)).toEqual(['whole.safetensors']);
  });

  it('start on a multiple of eight bytes', async () => {
    expect((await readFile(path)).readBigUInt64LE() % 8n).toBe(0n);
  });

  it.each<[string, (whole: Buffer) => Buffer]>([
    ['an empty file', () => Buffer.alloc(0)],
    ['a few bytes', (whole) => whole.subarray(0, 5)],
    ['a cut header', (whole) => whole.subarray(0, 40)],
    ['cut data', (whole) => whole.subarray(0, whole.length - 4)],
    ['bytes at the end', (whole) => Buffer.concat([whole, Buffer.alloc(8)])],
    ['noise', () => Buffer.from(Array.from({ length: 400 }, (_, index) => (index * 37) % 251))],
    ['a header that is not JSON', (whole) => edited(whole, (text) => text.replace('{', '['))],
    ['another element type', (whole) => edited(whole, (text) => text.replace('F32', 'I32'))],
    [
      'a shape that does not fit its data',
      (whole) => edited(whole, (text) => text.replace('[2,3]', '[2,9]')),
    ],
    ['offsets that run backwards', (whole) => edited(whole, (text) => text.replace('[0,24]', '[24,0]'))],
    ['offsets between numbers', (whole) => edited(whole, (text) => text.replace('[0,24]', '[0,22]'))],
  ])('refuse %s in one line', async (name, change) => {
    const damaged = join(folder, `${name}.safetensors`);
    await writeFile(damaged, change(await readFile(path)));
    const error: unknown = await readSafetensors(damaged).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(/is damaged \(.+\): delete it/);
    expect(String(error)).not.toContain('\n');
  });

  it('that are missing are named', async () => {
    await expect(readSafetensors(join(folder, 'none'))).rejects.toThrow(/^cannot read .*none/);
  });

  it('are read by the library of Hugging Face', ({ skip }) => {
    const interpreter = python('safetensors.numpy');
    if (!interpreter) return skip('Python has no safetensors: our files were not read by another library');
    const script = `
import json, sys
from safetensors.numpy import load_file
from safetensors import safe_open
print(json.dumps({name: [list(x.shape), str(x.dtype), float(x.sum()) if x.size < 6 else float(x.ravel()[1])]
  for name, x in sorted(load_file(sys.argv[1]).items())}))
print(safe_open(sys.argv[1], 'np').metadata()['reverie'])`;
    const { stdout, stderr } = spawnSync(interpreter, ['-c', script, path], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const [found, metadata] = stdout.trim().split('\n');
    expect(JSON.parse(found!)).toEqual({
      empty: [[0, 5], 'float32', 0],
      'params/a.weight': [[2, 3], 'float32', -2.5],
      'params/größe': [[], 'float32', 4],
    });
    expect(metadata).toBe('{"step":3}');
  });

  it('of the library of Hugging Face are read by us', async ({ skip }) => {
    const interpreter = python('safetensors.numpy');
    if (!interpreter) return skip('Python has no safetensors: its files were not read by ours');
    const theirs = join(folder, 'theirs.safetensors');
    const script = `
import sys, numpy
from safetensors.numpy import save_file
save_file({'b': numpy.arange(6, dtype='float32').reshape(2, 3) / 4, 'a': numpy.float32([-1])}, sys.argv[1], {'by': 'numpy'})`;
    const { stderr } = spawnSync(interpreter, ['-c', script, theirs], { encoding: 'utf8' });
    expect(stderr).toBe('');
    const { tensors: read, metadata } = await readSafetensors(theirs);
    expect(metadata).toEqual({ by: 'numpy' });
    expect(read.get('a')).toEqual({ shape: [1], data: Float32Array.of(-1) });
    expect(read.get('b')).toEqual({ shape: [2, 3], data: Float32Array.of(0, 0.25, 0.5, 0.75, 1, 1.25) });
  });
});

/** The file with its header changed; the header's length stays. */
function edited(whole: Buffer, change: (header: string) => string): Buffer {
  const length = Number(whole.readBigUInt64LE());
  const header = Buffer.from(change(whole.toString('utf8', 8, 8 + length)));
  return Buffer.concat([whole.subarray(0, 8), header, whole.subarray(8 + length)]);
}
