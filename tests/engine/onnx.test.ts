import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { toFloat16 } from '../../src/engine/float16.ts';
import { encodeModel, Program, trace, withByteOutput } from '../../src/engine/index.ts';
import { python } from '../python.ts';

describe('float16', () => {
  // Bit patterns from the tables of IEEE 754-2019 and by hand for the ties.
  it.each([
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [1e30, 0x7c00],
    [-1e30, 0xfc00],
    [Number.POSITIVE_INFINITY, 0x7c00],
    [Number.NEGATIVE_INFINITY, 0xfc00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [-(2 ** -24), 0x8001],
    [2 ** -25, 0x0000],
    [2 ** -25 * 1.0001, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [5 * 2 ** -25, 0x0002],
    [1023 * 2 ** -24, 0x03ff],
    [1023.5 * 2 ** -24, 0x0400],
    [1 / 3, 0x3555],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [1 + 2 ** -11 + 2 ** -20, 0x3c01],
    [2 - 2 ** -12, 0x4000],
    [1e-40, 0x0000],
  ])('%f is %i', (value, bits) => {
    expect(toFloat16(Float32Array.of(value))[0]).toBe(bits);
  });

  it('keeps what is not a number', () => {
    expect(toFloat16(Float32Array.of(Number.NaN))[0]! & 0x7fff).toBeGreaterThan(0x7c00);
  });

  it('comes back from onnxruntime as the nearest value that float16 has', async () => {
    const values = Float32Array.from({ length: 4001 }, (_, index) => Math.sinh((index - 2000) / 190) * 1.7);
    const graph = trace(({ params }) => ({ out: { x: params.x.mul(1) } }), {
      params: { x: { shape: [values.length] } },
    });
    const program = await Program.load(encodeModel(graph, new Map([['params/x', values]])), { threads: 1 });
    const back = (await program.run(new Map())).get('out/x')!.data;
    await program.release();
    for (const [index, value] of values.entries()) {
      // Half a unit in the last place: 2⁻¹¹ of the power of two below, and never finer than 2⁻²⁵.
      const unit = 2 ** Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1)));
      expect(Math.abs(Number(back[index]) - value)).toBeLessThanOrEqual(unit * 2 ** -11);
    }
  });
});

describe('the encoded file', () => {
  const graph = trace(
    ({ params, x }) => {
      const y = tf.conv2d(x.picture as tf.Tensor4D, params.filter as tf.Tensor4D, 2, 'same').relu();
      const picked = tf
        .gather(y.reshape([-1]), x.index)
        .clipByValue(0, 1)
        .mul(255)
        .round();
      return { out: { y, picked, same: y, copied: x.picture, sum: tf.cumsum(y, 3) } };
    },
    {
      params: { filter: { shape: [3, 3, 2, 4] } },
      x: { picture: { shape: [1, 5, 6, 2] }, index: { shape: [3], type: 'int32' } },
    },
  );
  const bytes = encodeModel(
    withByteOutput(graph, 'out/picked'),
    new Map([['params/filter', new Float32Array(72).fill(0.1)]]),
  );

  it('runs: an output twice, an input as output, bytes, integers', async () => {
    const program = await Program.load(bytes, { threads: 1 });
    expect(program.inputNames).toEqual(['x/picture', 'x/index']);
    expect(program.outputNames).toEqual(['out/y', 'out/picked', 'out/same', 'out/copied', 'out/sum']);
    const picture = Float32Array.from({ length: 60 }, (_, index) => index / 60);
    const outputs = await program.run(
      new Map<string, { shape: number[]; data: Float32Array | Int32Array }>([
        ['x/picture', { shape: [1, 5, 6, 2], data: picture }],
        ['x/index', { shape: [3], data: Int32Array.of(0, 5, 2) }],
      ]),
    );
    await program.release();
    expect(outputs.get('out/same')!.data).toEqual(outputs.get('out/y')!.data);
    expect(outputs.get('out/copied')!.data).toEqual(picture);
    expect(outputs.get('out/picked')!.data).toBeInstanceOf(Uint8Array);
  });

  it('names a missing input', async () => {
    const program = await Program.load(bytes, { threads: 1 });
    await expect(program.run(new Map())).rejects.toThrow("the program's input x/picture is missing");
    await program.release();
  });

  it('passes the checker of the ONNX project', async ({ skip }) => {
    const interpreter = python('onnx');
    if (!interpreter) return skip('Python has no onnx: the checker did not run');
    const folder = await mkdtemp(join(tmpdir(), 'reverie-onnx-'));
    try {
      const path = join(folder, 'model.onnx');
      await writeFile(path, bytes);
      const script = 'import onnx, sys; onnx.checker.check_model(sys.argv[1], full_check=True)';
      const { status, stderr } = spawnSync(interpreter, ['-c', script, path], { encoding: 'utf8' });
      expect(stderr).toBe('');
      expect(status).toBe(0);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
