import { createRequire } from 'node:module';
import * as tf from '@tensorflow/tfjs';
import type { HostArray, HostTensor } from '../program.ts';
import type { SpecGroups, TensorGroups, TensorsOf } from '../trace.ts';
import type { StatefulFunction } from './stateful.ts';
import { completeWasm } from './wasmKernels.ts';

const require = createRequire(import.meta.url);

/** The backends of tfjs, best first, and the name that each registers itself under. */
const BACKENDS = [
  ['@tensorflow/tfjs-node-gpu', 'tensorflow'],
  ['@tensorflow/tfjs-node', 'tensorflow'],
  ['@tensorflow/tfjs-backend-wasm', 'wasm'],
] as const;

/** The same function run op by op on the best tfjs backend that this machine has. */
export async function eagerFunction<Specs extends SpecGroups>(
  fn: (inputs: TensorsOf<Specs>) => TensorGroups,
  specs: Specs,
  groups: readonly string[],
): Promise<StatefulFunction> {
  const { backend, where } = await bestBackend();
  let loaded: ReadonlyMap<string, HostTensor> = new Map();
  let held = new Map<string, tf.Tensor>();
  const drop = (): void => {
    tf.dispose([...held.values()]);
    held = new Map();
  };
  return {
    where,
    async load(state) {
      await tf.setBackend(backend);
      drop();
      loaded = state;
      for (const [path, tensor] of state) held.set(path, toTensor(tensor));
    },
    async run(inputs) {
      await tf.setBackend(backend);
      const results = tf.tidy(() => {
        const tensors = new Map(held);
        for (const [path, tensor] of inputs) tensors.set(path, toTensor(tensor));
        // The groups and names are those of `specs`, which Object.fromEntries cannot express.
        const grouped = Object.fromEntries(
          Object.entries(specs).map(([group, members]) => [
            group,
            Object.fromEntries(Object.keys(members).map((name) => [name, tensors.get(`${group}/${name}`)!])),
          ]),
        ) as TensorsOf<Specs>;
        return byPath(fn(grouped));
      });
      const outputs = new Map<string, HostTensor<HostArray>>();
      for (const [path, tensor] of Object.entries(results)) {
        if (groups.includes(path.slice(0, path.indexOf('/')))) {
          held.get(path)?.dispose();
          held.set(path, tensor);
        } else {
          outputs.set(path, { shape: tensor.shape, data: (await tensor.data()) as HostArray });
          tensor.dispose();
        }
      }
      return outputs;
    },
    async read() {
      for (const [path, { data }] of loaded) data.set(await held.get(path)!.data());
    },
    async release() {
      drop();
    },
  };
}

function byPath(groups: TensorGroups): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(groups).flatMap(([group, tensors]) =>
      Object.entries(tensors).map(([name, tensor]) => [`${group}/${name}`, tensor]),
    ),
  );
}

function toTensor({ data, shape }: HostTensor<HostArray>): tf.Tensor {
  if (data instanceof BigInt64Array) throw new Error('tfjs has no 64-bit integers');
  return tf.tensor(data, [...shape]);
}

/** Makes the first tfjs backend whose package is there and works the current one. */
export async function bestBackend(): Promise<{ backend: string; where: string }> {
  for (const [name, backend] of BACKENDS) {
    try {
      require(name);
      if (backend === 'wasm') completeWasm();
      if (await tf.setBackend(backend)) return { backend, where: name.replace('@tensorflow/', '') };
    } catch {
      // Not installed, or its library does not load: the next one.
    }
  }
  await tf.setBackend('cpu');
  return { backend: 'cpu', where: 'tfjs-backend-cpu' };
}
