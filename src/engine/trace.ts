import * as tf from '@tensorflow/tfjs';
import { activeBuilder, withBuilder } from './activeTrace.ts';
import { type FilledType, type Graph, GraphBuilder, updated, type Value } from './graph.ts';
import './gradientRegistry/index.ts';
import './lowering/index.ts';
import { BACKEND, toInfo, tracedValue } from './lowering/lowering.ts';
import { applyPasses, DEFAULT_PASSES } from './passes/index.ts';
import type { Pass } from './passes/rewrite.ts';

export interface TensorSpec {
  readonly shape: readonly number[];
  /** float32 when left out. */
  readonly type?: 'float32' | 'int32';
}

/** Tensors by group and name, as in `params` → `encoder.0.weight`. */
export type TensorGroup = { readonly [name: string]: tf.Tensor };
export type TensorGroups = { readonly [group: string]: TensorGroup };
export type SpecGroups = { readonly [group: string]: { readonly [name: string]: TensorSpec } };
export type TensorsOf<Specs extends SpecGroups> = {
  readonly [Group in keyof Specs]: { readonly [Name in keyof Specs[Group]]: tf.Tensor };
};

/**
 * Runs a tfjs function on tensors without values and records what it does as an ONNX graph.
 *
 * Gradients come from tfjs itself: `tf.valueAndGrads` inside `fn` calls the registered gradient of each
 * kernel, which are kernels again. Control flow is JavaScript's, so it is unrolled.
 *
 * @param fn a pure function of tensors; it may not read a tensor's values
 * @param specs shapes and types of the inputs, by group and name; the graph calls them `group/name`, and an
 *   output of the same name `group/name'`
 * @param passes what the recorded graph goes through, in this order; none with `[]`
 * @throws TraceError when the function needs a kernel that has no lowering or no gradient, reads values, or
 *   draws random numbers; it names the kernel, its shapes and types, and the line that called it
 */
export function trace<Specs extends SpecGroups>(
  fn: (inputs: TensorsOf<Specs>) => TensorGroups,
  specs: Specs,
  passes: readonly Pass[] = DEFAULT_PASSES,
): Graph {
  const builder = new GraphBuilder(false);
  const before = tf.getBackend();
  void tf.setBackend(BACKEND);
  try {
    return withBuilder(builder, () => {
      const inputs = mapGroups(specs, (name, spec) =>
        tf.engine().makeTensorFromTensorInfo(toInfo(builder.input(name, spec.shape, spec.type ?? 'float32'))),
      );
      const results = fn(inputs);
      const taken = new Set(builder.inputs.map((input) => input.name));
      const outputs = Object.entries(results).flatMap(([group, tensors]) =>
        Object.entries(tensors).map(([name, tensor]) => {
          const path = `${group}/${name}`;
          return { name: taken.has(path) ? updated(path) : path, value: tracedValue(tensor) };
        }),
      );
      return applyPasses(builder.finish(outputs), passes);
    });
  } finally {
    if (before) void tf.setBackend(before);
  }
}

function mapGroups<Specs extends SpecGroups>(
  specs: Specs,
  make: (name: string, spec: TensorSpec) => tf.Tensor,
): TensorsOf<Specs> {
  const groups = Object.entries(specs).map(([group, members]) => [
    group,
    Object.fromEntries(Object.entries(members).map(([name, spec]) => [name, make(`${group}/${name}`, spec)])),
  ]);
  // The keys are those of `specs`, which Object.fromEntries cannot express.
  return Object.fromEntries(groups) as TensorsOf<Specs>;
}

/** A tfjs backend whose tensors have shapes but no values; its kernels append nodes to the traced graph. */
class TraceBackend extends tf.KernelBackend {
  override write(values: tf.BackendValues, shape: number[], dtype: tf.DataType): Value {
    refuseRandom();
    return writeConstant(activeBuilder(), values, shape, dtype);
  }

  override readSync(): never {
    throw new Error('a traced tensor has no values: the function may not read them');
  }

  override read(): never {
    throw new Error('a traced tensor has no values: the function may not read them');
  }

  override disposeData(): boolean {
    return true;
  }

  override numDataIds(): number {
    return 0;
  }

  override incRef(): void {}

  override refCount(): number {
    return 1;
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {}
}

/** tfjs functions that draw random numbers on the host, by the names of their scopes. */
const RANDOM = new Set([
  'rand',
  'randomGamma',
  'randomNormal',
  'randomStandardNormal',
  'randomUniform',
  'randomUniformInt',
  'truncatedNormal',
]);

function refuseRandom(): void {
  const scopes = tf.engine().state.scopeStack.map(({ name }) => name.replace(/__op$/, ''));
  const source = scopes.find((name) => RANDOM.has(name));
  if (source)
    throw new Error(`every run would see the numbers that ${source} draws now: pass them as an input`);
}

function writeConstant(
  builder: GraphBuilder,
  values: tf.BackendValues,
  shape: number[],
  dtype: tf.DataType,
): Value {
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw new Error(`a constant of type ${dtype} cannot be traced`);
  }
  const data = toData(values, dtype);
  const first = data[0];
  if (first !== undefined && data.every((value) => Object.is(value, first)))
    return builder.filled(first, shape, dtype);
  return builder.constant(data, shape, dtype);
}

function toData(values: tf.BackendValues, dtype: FilledType): Float32Array | Int32Array | Uint8Array {
  const numbers = Array.from(values, Number);
  if (dtype === 'float32') return Float32Array.from(numbers);
  return dtype === 'int32' ? Int32Array.from(numbers) : Uint8Array.from(numbers);
}

tf.registerBackend(BACKEND, () => new TraceBackend(), 0);
