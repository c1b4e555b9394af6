import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type HostTensor,
  Program,
  type TensorGroup,
  trace,
  valueAndGradients,
} from '../../src/engine/index.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';

const shape = [2, 2];
const state = { state: { a: { shape }, b: { shape } } };
type Pair = { readonly a: tf.Tensor; readonly b: tf.Tensor };

function updating(fn: (pair: Pair) => TensorGroup): ReturnType<typeof trace> {
  return trace(({ state: pair }) => ({ state: fn(pair) }), state);
}

describe('donation', () => {
  it('updates in place: the array that went in holds the new values', async () => {
    const graph = updating(({ a, b }) => ({ a: a.sub(1), b: b.mul(2).add(a) }));
    const program = await Program.compile(graph, { donate: ['state/b'] });
    const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(2, 4, 6, 8)];
    const inputs = new Map([
      ['state/a', { shape, data: a }],
      ['state/b', { shape, data: b }],
    ]);
    const outputs = await program.run(inputs).finally(() => program.release());
    expect([...b]).toEqual([5, 10, 15, 20]);
    expect([...a]).toEqual([1, 2, 3, 4]);
    expect([...outputs.keys()]).toEqual(["state/a'"]);
  });

  it.each<[string, (pair: Pair) => TensorGroup, RegExp]>([
    [
      'a later reader of the old values',
      ({ a, b }) => ({ a: a.add(1), b: b.add(a) }),
      /state\/a is donated, but a Add may read it after/,
    ],
    [
      'a writer that moves what it reads',
      ({ a, b }) => ({ a: a.transpose(), b }),
      /state\/a is donated, but a Transpose may read it/,
    ],
    [
      'a writer that needs every element at once',
      ({ a, b }) => ({ a: tf.matMul(a, b), b }),
      /state\/a is donated/,
    ],
    [
      'no new value',
      ({ b }) => ({ b: b.add(1) }),
      /state\/a is donated, but the graph computes no new value/,
    ],
    ['the input itself as its new value', ({ a, b }) => ({ a, b }), /computes no new value/],
    [
      'another shape',
      ({ a, b }) => ({ a: a.add(b).reshape([4]).mul(2), b }),
      /donated, but it is \[2,2\] and comes out as \[4\]/,
    ],
  ])('is refused for %s', async (_, fn, message) => {
    await expect(Program.compile(updating(fn), { donate: ['state/a'] })).rejects.toThrow(message);
  });

  it('gives what a run without it gives, for random training graphs', async () => {
    const widths = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 2, maxLength: 5 });
    const activation = fc.constantFrom(tf.relu, tf.tanh, tf.sigmoid, tf.square);
    await fc.assert(
      fc.asyncProperty(
        widths,
        activation,
        fc.integer({ min: 1, max: 6 }),
        fc.boolean(),
        async (sizes, act, batch, momentum) => {
          const plain = await trainSteps(sizes, act, batch, momentum, false);
          const donated = await trainSteps(sizes, act, batch, momentum, true);
          expect(donated).toEqual(plain);
        },
      ),
      { seed: 4, numRuns: 8 },
    );
  });
});

/** Three steps of gradient descent on a small network; the parameters afterwards. */
async function trainSteps(
  sizes: readonly number[],
  activation: (x: tf.Tensor) => tf.Tensor,
  batch: number,
  momentum: boolean,
  donated: boolean,
): Promise<Map<string, readonly number[]>> {
  const shapes: Record<string, { readonly shape: readonly number[] }> = {};
  for (const [layer, width] of sizes.slice(1).entries()) {
    shapes[`w${layer}`] = { shape: [sizes[layer]!, width] };
    shapes[`b${layer}`] = { shape: [width] };
  }
  const graph = trace(
    ({ params, moments, data }) => {
      const { value, gradients } = valueAndGradients(params, (current) => {
        let x: tf.Tensor = data.x;
        for (let layer = 0; layer < sizes.length - 1; layer += 1) {
          x = activation(tf.matMul(x, current[`w${layer}`]!).add(current[`b${layer}`]!));
        }
        return x.sub(0.3).square().mean().asScalar();
      });
      // Every gradient goes into the norm, so that no parameter changes before the last one is computed.
      const norm = tf.addN(Object.values(gradients).map((gradient) => gradient.square().sum())).sqrt();
      const next: Record<string, tf.Tensor> = {};
      const kept: Record<string, tf.Tensor> = {};
      for (const [name, param] of Object.entries(params)) {
        kept[name] = moments[name]!.mul(momentum ? 0.9 : 0).add(gradients[name]!.div(norm.add(1)));
        next[name] = param.sub(kept[name].mul(0.1));
      }
      return { params: next, moments: kept, logs: { value } };
    },
    { params: shapes, moments: shapes, data: { x: { shape: [batch, sizes[0]!] } } },
  );
  const donate = graph.inputs.map(({ name }) => name).filter((name) => !name.startsWith('data/'));
  const program = await Program.compile(graph, donated ? { donate } : {});
  const random = seededRandom(1);
  const inputs = new Map<string, HostTensor>(
    graph.inputs.map(({ name, shape: sides }) => {
      const data = new Float32Array(sides.reduce((product, side) => product * side, 1));
      return [name, { shape: sides, data: name.startsWith('moments/') ? data : fillNormal(random, data) }];
    }),
  );
  for (let step = 0; step < 3; step += 1) {
    const outputs = await program.run(inputs);
    for (const [name, output] of outputs) {
      const input = inputs.get(name.replace(/'$/, ''));
      if (input && output.data instanceof Float32Array) input.data.set(output.data);
    }
  }
  await program.release();
  return new Map([...inputs].map(([name, { data }]) => [name, [...data]]));
}
