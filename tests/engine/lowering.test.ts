import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { Program, trace } from '../../src/engine/index.ts';
import { loweredKernels } from '../../src/engine/lowering/lowering.ts';
import { COMPOSITIONS } from './cases/compositions.ts';
import { LOWERING_CASES } from './cases/index.ts';
import { compare, type Run, runsOf } from './equality.ts';

const TOLERANCE = 1e-5;

describe('a compiled graph equals eager tfjs, values and gradients', () => {
  it.each(Object.entries(LOWERING_CASES))('%s', async (kernel, cases) => {
    expect([...(await checked(runsOf(cases)))]).toContain(kernel);
  });

  it.each(Object.entries(COMPOSITIONS))('%s', async (_, cases) => {
    await checked(runsOf(cases));
  });

  it('is tested for every kernel that has a lowering', () => {
    expect(Object.keys(LOWERING_CASES).sort()).toEqual(loweredKernels());
  });
});

/** Compares the runs and gives the kernels that they used. */
async function checked(runs: readonly Run[]): Promise<ReadonlySet<string>> {
  const { results, kernels } = await compare(runs);
  for (const { where, error } of results) {
    expect(error, where).toBeLessThan(TOLERANCE);
    if (process.env.REVERIE_TEST_ERRORS) console.log(`${error} ${where}`);
  }
  return kernels;
}

describe('where tfjs computes wrongly, graphs do not', () => {
  it.each<[string, number[], (x: tf.Tensor) => tf.Tensor, number[]]>([
    [
      'a strided slice that drops an axis',
      [5, 6],
      (x) => tf.stridedSlice(x, [3, 1], [4, 5], [1, 2], 0, 0, 0, 0, 1),
      [19, 21],
    ],
    [
      'one counted from the end',
      [5, 6],
      (x) => tf.stridedSlice(x, [-1, 1], [0, 5], [1, 2], 0, 0, 0, 0, 1),
      [25, 27],
    ],
    [
      'a product of batches that broadcast both ways',
      [30],
      (x) => tf.matMul(x.slice(2, 2).reshape([2, 1, 1, 1]), x.slice(5, 2).reshape([2, 1, 1])),
      [10, 12, 15, 18],
    ],
    [
      'a sum of products where one operand is summed alone',
      [30],
      (x) => tf.einsum('ij,j->j', x.slice(0, 4).reshape([2, 2]), x.slice(4, 2)),
      [8, 20],
    ],
    [
      'blocks of channels that come first',
      [8],
      (x) => tf.depthToSpace(x.reshape([1, 8, 1, 1]) as tf.Tensor4D, 2, 'NCHW'),
      [0, 2, 4, 6, 1, 3, 5, 7],
    ],
  ])('%s', async (_, shape, fn, expected) => {
    const count = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, index) => index);
    const program = await Program.compile(
      trace(({ x }) => ({ y: { out: fn(x.all) } }), { x: { all: { shape } } }),
    );
    const outputs = await program.run(new Map([['x/all', { shape, data: count }]]));
    expect([...outputs.get('y/out')!.data]).toEqual(expected);
    await program.release();
  });
});
