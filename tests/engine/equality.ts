import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../../src/engine/graph.ts';
import { type HostArray, type HostTensor, Program, type TensorSpec, trace } from '../../src/engine/index.ts';
import { seededRandom } from '../../src/random.ts';

/** A random tensor to call a function with. */
export interface Input extends TensorSpec {
  /** Range of the values, −2…2 when left out; integers keep to whole numbers. */
  readonly range?: readonly [number, number];
  /** The values themselves, instead of random ones. */
  readonly values?: readonly number[];
}

export type TensorFunction = (...tensors: tf.Tensor[]) => tf.Tensor | tf.Tensor[];

export interface Comparison {
  /** The largest error, relative to the value it belongs to or to a tenth of the tensor's largest. */
  readonly error: number;
  /** The tfjs kernels that ran. */
  readonly kernels: readonly string[];
}

/** Makes tfjs compute eagerly on its plain JavaScript backend. */
export async function useReference(): Promise<void> {
  tf.env().set('IS_TEST', true); // no advice to install another backend
  await tf.setBackend('cpu');
}

/**
 * Runs a function eagerly on tfjs's plain JavaScript backend and as a compiled graph, with its gradient by every
 * float32 input where asked.
 *
 * @throws when shapes or types differ
 */
export async function compare(
  fn: TensorFunction,
  inputs: readonly Input[],
  gradient: boolean,
): Promise<Comparison> {
  const data = inputs.map(drawValues);
  const body = (tensors: tf.Tensor[]): { y: tf.Tensor[]; g: tf.Tensor[] } => {
    const y = [fn(...tensors)].flat();
    return { y, g: gradient ? gradientsOf(fn, tensors) : [] };
  };
  await useReference();
  let eager: { y: tf.Tensor[]; g: tf.Tensor[] } = { y: [], g: [] };
  const { kernelNames } = await tf.profile(() => {
    eager = body(
      inputs.map(({ shape, type }, index) => tf.tensor(data[index]!, [...shape], type ?? 'float32')),
    );
    return eager.y[0]!;
  });
  const compiled = await runCompiled(body, inputs, data);
  let error = 0;
  for (const group of ['y', 'g'] as const) {
    for (const [index, expected] of eager[group].entries()) {
      error = Math.max(error, errorOf(compiled.get(`${group}/${index}`)!, expected, `${group}${index}`));
    }
  }
  return { error, kernels: kernelNames };
}

async function runCompiled(
  body: (tensors: tf.Tensor[]) => { y: tf.Tensor[]; g: tf.Tensor[] },
  inputs: readonly Input[],
  data: readonly (Float32Array | Int32Array)[],
): Promise<Map<string, HostTensor<HostArray>>> {
  const graph = trace(
    ({ x }) => {
      const { y, g } = body(inputs.map((_, index) => x[index]!));
      return { y: Object.fromEntries(y.entries()), g: Object.fromEntries(g.entries()) };
    },
    {
      x: Object.fromEntries(
        inputs.map(({ shape, type = 'float32' }, index) => [String(index), { shape, type }]),
      ),
    },
  );
  const program = await Program.compile(graph, { threads: 1 });
  try {
    return await program.run(
      new Map(inputs.map(({ shape }, index) => [`x/${index}`, { shape, data: data[index]! }])),
    );
  } finally {
    await program.release();
  }
}

/** Gradients of a weighted sum of everything that the function returns, so that no two elements count alike. */
function gradientsOf(fn: TensorFunction, tensors: tf.Tensor[]): tf.Tensor[] {
  const real = tensors.filter(({ dtype }) => dtype === 'float32');
  const loss = (...parameters: tf.Tensor[]): tf.Tensor => {
    let next = 0;
    const all = tensors.map((tensor) => (tensor.dtype === 'float32' ? parameters[next++]! : tensor));
    const sums = [fn(...all)].flat().map((y) => {
      const weights = Array.from({ length: y.size }, (_, index) => 1 + Math.sin(index + 1) / 2);
      return y.mul(tf.tensor(weights, y.shape)).sum();
    });
    return tf.addN(sums);
  };
  return tf.grads(loss)(real);
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
