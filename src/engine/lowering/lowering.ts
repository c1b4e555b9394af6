import * as tf from '@tensorflow/tfjs';
import { activeBuilder, noteCallWithoutGradient } from '../activeTrace.ts';
import { type GraphBuilder, type GraphType, sizeOf, type Value } from '../graph.ts';
import { callSite, TraceError } from '../traceError.ts';

/** What a lowering sees: the builder, and typed access to the tfjs kernel's inputs and attributes. */
export interface KernelCall<Attributes> {
  readonly builder: GraphBuilder;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  /** The input of that name; tfjs names them `x`, `a`, `b`, `dy`… */
  input(name: string): Value;
  /** The input of that name, which the kernel can go without. */
  optional(name: string): Value | undefined;
}

export type Lowering<Attributes> = (call: KernelCall<Attributes>) => Value | readonly Value[];

export const BACKEND = 'onnx';

/** Types that operators of real numbers, and of any numbers, take. */
export const FLOATS: readonly GraphType[] = ['float32'];
export const NUMBERS: readonly GraphType[] = ['float32', 'int32'];

const lowerings = new Map<string, Lowering<never>>();

/** Says how a tfjs kernel becomes ONNX nodes. `Attributes` is the kernel's own attribute type in tfjs. */
export function lower<Attributes = Record<string, never>>(
  kernelName: string,
  lowering: Lowering<Attributes>,
): void {
  lowerings.set(kernelName, lowering);
  register(kernelName, (inputs, attributes) => {
    const result = lowerKernel(kernelName, inputs, attributes);
    return Array.isArray(result) ? result.map(toInfo) : toInfo(result as Value);
  });
}

/** Says why a tfjs kernel cannot become ONNX nodes, and what to do instead. */
export function refuse(kernelName: string, why: string): void {
  register(kernelName, () => {
    throw new Error(why);
  });
}

function register(
  kernelName: string,
  run: (inputs: ReadonlyMap<string, Value>, attributes: object) => tf.TensorInfo | tf.TensorInfo[],
): void {
  tf.registerKernel({
    kernelName,
    backendName: BACKEND,
    kernelFunc: ({ inputs, attrs }) => {
      const byName = new Map(Object.entries(inputs).flatMap(([name, info]) => named(name, info)));
      const description = describeCall(kernelName, byName);
      try {
        if (!tf.getGradient(kernelName)) noteCallWithoutGradient(kernelName, description);
        return run(byName, attrs ?? {});
      } catch (error) {
        const reason = error instanceof Error ? error : new Error(String(error));
        throw new TraceError(`${description}${callSite(new Error())}: ${reason.message}`, { cause: error });
      }
    },
  });
}

/** Makes the nodes of a kernel; kernels that are made of others call it too. */
export function lowerKernel(
  kernelName: string,
  inputs: ReadonlyMap<string, Value>,
  attributes: object,
): Value | readonly Value[] {
  const lowering = lowerings.get(kernelName);
  if (!lowering) throw new Error(`${kernelName} has no lowering`);
  return lowering({
    builder: activeBuilder(),
    inputs: [...inputs.values()],
    // tfjs declares every kernel's attributes as one loose map; the kernel's name fixes their real type.
    attributes: attributes as never,
    input(name) {
      const value = inputs.get(name);
      if (!value) throw new Error(`there is no input ${name}`);
      return value;
    },
    optional: (name) => inputs.get(name),
  });
}

/** Names of the tfjs kernels that have a lowering. */
export function loweredKernels(): string[] {
  return [...lowerings.keys()].sort();
}

/** A kernel and the tensors it is called on, for errors: `Pow(a float32 [2,3], b int32 [])`. */
function describeCall(kernelName: string, inputs: ReadonlyMap<string, Value>): string {
  return `${kernelName}(${[...inputs].map(([name, { type, shape }]) => `${name} ${type} [${shape}]`).join(', ')})`;
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

/** `TensorProto.DataType` of onnx.proto, for `Cast`. */
const TYPE_CODE = { float32: 1, int32: 6, int64: 7, bool: 9 } as const;

/** Converts a value to another type; to int32 by cutting off the fraction. */
export function cast(builder: GraphBuilder, x: Value, type: keyof typeof TYPE_CODE): Value {
  if (x.type === type) return x;
  return builder.add('Cast', [x], x.shape, type, { to: TYPE_CODE[type] });
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

/** The elements along some axes in the opposite order. */
export function reverse(builder: GraphBuilder, x: Value, axes: readonly number[]): Value {
  if (axes.length === 0) return x;
  // A negative step ends "before the first element", which ONNX writes as −∞.
  const bounds = [axes.map(() => -1), axes.map(() => BEFORE_FIRST), axes, axes.map(() => -1)];
  return builder.add('Slice', [x, ...bounds.map((list) => builder.integers(list))], x.shape, x.type);
}

export const BEFORE_FIRST = -(2 ** 31);
