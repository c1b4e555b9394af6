import * as tf from '@tensorflow/tfjs';
import { vi } from 'vitest';
import { type Graph, sizeOf } from '../../src/engine/graph.ts';
import { type HostArray, type HostTensor, Program, type TensorSpec, trace } from '../../src/engine/index.ts';
import { seededRandom } from '../../src/random.ts';
import type { LoweringCase } from './cases/case.ts';

/** A random tensor to call a function with. */
export interface Input extends TensorSpec {
  /** Range of the values, −2…2 when left out; integers keep to whole numbers. */
  readonly range?: readonly [number, number];
  /** The values themselves, instead of random ones. */
  readonly values?: readonly number[];
}

export type TensorFunction = (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

/** A case on one choice of inputs. */
export interface Run {
  /** Which one it is, for the reader of a failed test. */
  readonly where: string;
  readonly fn: TensorFunction;
  readonly inputs: readonly Input[];
  readonly gradient: boolean;
}

export interface Comparison {
  readonly where: string;
  /** The largest error, relative to the value it belongs to or to a tenth of the tensor's largest. */
  readonly error: number;
}

/** Makes tfjs compute eagerly on its plain JavaScript backend. */
export async function useReference(): Promise<void> {
  tf.env().set('IS_TEST', true); // no advice to install another backend
  await tf.setBackend('cpu');
}

/** The runs that a list of cases comes to. */
export function runsOf(cases: readonly LoweringCase[]): Run[] {
  return cases.flatMap(({ fn, inputs, gradient }, index) =>
    inputs.map((list) => ({
      where: `case ${index} on ${list.map(({ shape }) => `[${shape}]`).join(' ')}`,
      fn,
      inputs: list,
      gradient,
    })),
  );
}

/** All runs as one graph: input `x/2.0` is the first one of the third run, `y/2.0` its result, `g/2.0` a gradient. */
export function graphOf(runs: readonly Run[]): Graph {
  const specs = runs.flatMap(({ inputs }, run) =>
    inputs.map(({ shape, type = 'float32' }, index) => [`${run}.${index}`, { shape, type }] as const),
  );
  return trace(
    ({ x }) => {
      const groups: Record<'y' | 'g', Record<string, tf.Tensor>> = { y: {}, g: {} };
      for (const [run, { inputs, where, ...body }] of runs.entries()) {
        const results = locating(where, () =>
          evaluate(
            body,
            inputs.map((_, index) => x[`${run}.${index}`]!),
          ),
        );
        for (const group of ['y', 'g'] as const) {
          for (const [index, tensor] of results[group].entries()) groups[group][`${run}.${index}`] = tensor;
        }
      }
      return groups;
    },
    { x: Object.fromEntries(specs) },
  );
}

/**
 * Runs functions eagerly on tfjs's plain JavaScript backend and together as one compiled graph, with their
 * gradients by every float32 input where asked.
 *
 * @throws when shapes or types differ
 */
export async function compare(
  runs: readonly Run[],
): Promise<{ results: readonly Comparison[]; kernels: ReadonlySet<string> }> {
  const data = runs.map(({ inputs }) => inputs.map(drawValues));
  await useReference();
  const kernels = vi.spyOn(tf.engine(), 'runKernel');
  const eager = runs.map(({ inputs, where, ...body }, run) => {
    const tensors = inputs.map(({ shape, type = 'float32' }, index) =>
      tf.tensor(data[run]![index]!, [...shape], type),
    );
    return locating(where, () => evaluate(body, tensors));
  });
  const names = new Set(kernels.mock.calls.map(([name]) => name));
  kernels.mockRestore();
  const program = await Program.compile(graphOf(runs), { threads: 1 });
  const feeds = runs.flatMap(({ inputs }, run) =>
    inputs.map(({ shape }, index) => [`x/${run}.${index}`, { shape, data: data[run]![index]! }] as const),
  );
  const compiled = await program.run(new Map(feeds)).finally(() => program.release());
  const results = runs.map(({ where }, run) => ({
    where,
    error: locating(where, () =>
      Math.max(
        0,
        ...(['y', 'g'] as const).flatMap((group) =>
          eager[run]![group].map((expected, index) =>
            errorOf(compiled.get(`${group}/${run}.${index}`)!, expected, `${group}${index}`),
          ),
        ),
      ),
    ),
  }));
  return { results, kernels: names };
}

interface Evaluation {
  readonly y: tf.Tensor[];
  readonly g: tf.Tensor[];
}

function evaluate({ fn, gradient }: Pick<Run, 'fn' | 'gradient'>, tensors: tf.Tensor[]): Evaluation {
  return { y: [fn(...tensors)].flat(), g: gradient ? gradientsOf(fn, tensors) : [] };
}

/** Gradients of a weighted sum of everything that the function returns, so that no two elements count alike. */
export function gradientsOf(fn: TensorFunction, tensors: tf.Tensor[]): tf.Tensor[] {
  const real = tensors.filter(({ dtype }) => dtype === 'float32');
  const loss = (...parameters: tf.Tensor[]): tf.Tensor => {
    let next = 0;
    const all = tensors.map((tensor) => (tensor.dtype === 'float32' ? parameters[next++]! : tensor));
    return tf.addN([fn(...all)].flat().map((y) => weighted(y)));
  };
  return tf.grads(loss)(real);
}

/** The sum of a tensor's elements, each with a weight of its own. */
export function weighted(y: tf.Tensor): tf.Tensor {
  const weights = Array.from({ length: y.size }, (_, index) => 1 + Math.sin(index + 1) / 2);
  return y.mul(tf.tensor(weights, y.shape)).sum();
}

function locating<Result>(where: string, body: () => Result): Result {
  try {
    return body();
  } catch (error) {
    throw new Error(`${where}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function drawValues(
  { shape, type, range = [-2, 2], values }: Input,
  index: number,
): Float32Array | Int32Array {
  const random = seededRandom(index + 1);
  const [low, high] = range;
  const drawn = values ?? Array.from({ length: sizeOf(shape) }, () => low + random.uniform() * (high - low));
  return type === 'int32' ? Int32Array.from(drawn, (value) => Math.floor(value)) : Float32Array.from(drawn);
}

function errorOf(found: HostTensor<HostArray>, expected: tf.Tensor, name: string): number {
  const type =
    found.data instanceof Float32Array ? 'float32' : found.data instanceof Int32Array ? 'int32' : 'bool';
  if (type !== expected.dtype || found.shape.join() !== expected.shape.join()) {
    throw new Error(`${name} is ${type} [${found.shape}], not ${expected.dtype} [${expected.shape}]`);
  }
  const values = Array.from(expected.dataSync(), Number);
  const largest = values.reduce(
    (most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most),
    0,
  );
  let worst = 0;
  for (const [index, value] of values.entries()) {
    const actual = Number(found.data[index]);
    if (Object.is(actual, value) || actual === value) continue;
    const error = Math.abs(actual - value) / Math.max(Math.abs(value), largest / 10);
    worst = Math.max(worst, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error);
  }
  return worst;
}
