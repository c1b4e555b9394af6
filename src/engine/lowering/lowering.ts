import * as tf from '@tensorflow/tfjs';
import { type GraphBuilder, type GraphType, sizeOf, type Value } from '../graph.ts';

/** What a lowering sees: the builder, and typed access to the tfjs kernel's inputs and attributes. */
export interface KernelCall<Attributes> {
  readonly builder: GraphBuilder;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  /** The input of that name; tfjs names them `x`, `a`, `b`, `dy`… */
  input(name: string): Value;
}

export type Lowering<Attributes> = (call: KernelCall<Attributes>) => Value | readonly Value[];

export const BACKEND = 'onnx';

/** Types that operators of real numbers, and of any numbers, take. */
export const FLOATS: readonly GraphType[] = ['float32'];
export const NUMBERS: readonly GraphType[] = ['float32', 'int32'];

let active: GraphBuilder | undefined;

/** Runs `body` with tfjs kernels appending to `builder`. */
export function withBuilder<Result>(builder: GraphBuilder, body: () => Result): Result {
  const before = active;
  active = builder;
  try {
    return body();
  } finally {
    active = before;
  }
}

/** The graph that is being traced. */
export function activeBuilder(): GraphBuilder {
  if (!active) throw new Error('no graph is being traced: call trace()');
  return active;
}

/** Says how a tfjs kernel becomes ONNX nodes. `Attributes` is the kernel's own attribute type in tfjs. */
export function lower<Attributes = Record<string, never>>(
  kernelName: string,
  lowering: Lowering<Attributes>,
): void {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const byName = new Map(Object.entries(inputs).flatMap(([name, info]) => named(name, info)));
      try {
        const result = lowering({
          builder: activeBuilder(),
          inputs: [...byName.values()],
          // tfjs declares every kernel's attributes as one loose map; the kernel's name fixes their real type.
          attributes: (attrs ?? {}) as unknown as Attributes,
          input(name) {
            const value = byName.get(name);
            if (!value) throw new Error(`there is no input ${name}`);
            return value;
          },
        });
        return Array.isArray(result) ? result.map(toInfo) : toInfo(result as Value);
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        throw new Error(`${describeCall(kernelName, inputs)}: ${why}`, { cause: error });
      }
    },
  });
}

/** A kernel and the shapes it is called on, for errors: `Pow(a float32 [2,3], b int32 [])`. */
export function describeCall(kernelName: string, inputs: tf.NamedTensorInfoMap): string {
  const tensors = Object.entries(inputs).flatMap(([name, info]) => named(name, info));
  return `${kernelName}(${tensors.map(([name, { type, shape }]) => `${name} ${type} [${shape}]`).join(', ')})`;
}

/**
 * Checks that the operator exists for the tensors' type.
 *
 * @throws when one of them has another type
 */
export function requireType(types: readonly GraphType[], ...tensors: readonly Value[]): void {
  const wrong = tensors.find(({ type }) => !types.includes(type));
  if (wrong) throw new Error(`${types.join(' or ')} expected, not ${wrong.type}: cast it`);
}

function named(name: string, info: unknown): [string, Value][] {
  if (info === undefined || info === null) return [];
  if (Array.isArray(info))
    return info.map((item, index) => [`${name}${index}`, tracedValue(item as tf.TensorInfo)]);
  return [[name, tracedValue(info as tf.TensorInfo)]];
}

/**
 * The value behind a traced tensor: it serves as the tensor's data identifier in tfjs.
 *
 * @throws when the tensor is of another backend or another trace
 */
export function tracedValue({ dataId, dtype, shape }: tf.TensorInfo): Value {
  const value = dataId as Value;
  if (activeBuilder().owns(value)) return value;
  throw new Error(`a ${dtype} tensor [${shape}] was made outside the traced function: pass it as an input`);
}

/** The tensor of a value, as tfjs describes one. */
export function toInfo(value: Value): tf.TensorInfo {
  return { dataId: value, shape: [...value.shape], dtype: tensorType(value.type) };
}

function tensorType(type: GraphType): tf.DataType {
  if (type === 'float32' || type === 'int32' || type === 'bool') return type;
  throw new Error(`a traced tensor cannot be ${type}`);
}

/** The shape that broadcasting two shapes gives. */
export function broadcast(a: Value, b: Value): number[] {
  return tf.backend_util.assertAndGetBroadcastShape([...a.shape], [...b.shape]);
}

/** Gives a value another shape with the same elements. */
export function reshape(builder: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (sizeOf(shape) !== sizeOf(x.shape)) throw new Error(`cannot reshape [${x.shape}] to [${shape}]`);
  if (shape.length === x.shape.length && shape.every((side, axis) => side === x.shape[axis])) return x;
  return builder.add('Reshape', [x, builder.integers(shape)], shape, x.type);
}

/** Reorders the axes. */
export function transpose(builder: GraphBuilder, x: Value, perm: readonly number[]): Value {
  if (perm.every((from, to) => from === to)) return x;
  return builder.add(
    'Transpose',
    [x],
    perm.map((axis) => x.shape[axis]!),
    x.type,
    { perm },
  );
}
