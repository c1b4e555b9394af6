import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { UserError } from '../../errors.ts';
import type { Graph } from '../graph.ts';
import { encodeModel } from '../onnx.ts';
import { type HostArray, type HostTensor, sessionOptions, toTensor } from '../program.ts';
import { updated } from '../trace.ts';
import type { StatefulFunction } from './stateful.ts';

/**
 * A graph on onnxruntime's WebGPU provider, with the state in GPU buffers: each run's new state is fed to the
 * next. A buffer must not be read through its tensor (onnxruntime-node 1.30 then ends the process), so a second
 * graph, which copies every tensor, brings the state back.
 *
 * @throws UserError when there is no adapter
 */
export async function webgpuFunction(graph: Graph, groups: readonly string[]): Promise<StatefulFunction> {
  const state = graph.inputs.filter(({ name }) => groups.some((group) => name.startsWith(`${group}/`)));
  const stays = Object.fromEntries(state.map(({ name }) => [updated(name), 'gpu-buffer' as const]));
  const session = await create(encodeModel(graph), stays);
  const copies = encodeModel({
    inputs: state,
    outputs: state.map((value) => ({ name: updated(value.name), value })),
    nodes: [],
    constants: new Map(),
  });
  let reader: InferenceSession | undefined;
  let loaded: ReadonlyMap<string, HostTensor> = new Map();
  let held = new Map<string, Tensor>();
  const drop = (): void => {
    for (const tensor of held.values()) tensor.dispose();
    held = new Map();
  };
  return {
    where: 'onnxruntime webgpu',
    async load(next) {
      drop();
      loaded = next;
      for (const { name } of state) held.set(name, toTensor(next.get(name)!));
    },
    async run(inputs) {
      const feeds = Object.fromEntries(held);
      for (const [name, input] of inputs) feeds[name] = toTensor(input);
      const results = await session.run(feeds);
      drop();
      const outputs = new Map<string, HostTensor<HostArray>>();
      for (const [name, tensor] of Object.entries(results)) {
        if (name in stays) held.set(name.slice(0, -updated('').length), tensor);
        else outputs.set(name, { shape: tensor.dims, data: tensor.data as HostArray });
      }
      return outputs;
    },
    async read() {
      reader ??= await create(copies, {});
      const results = await reader.run(Object.fromEntries(held));
      for (const [name, { data }] of loaded) data.set(results[updated(name)]!.data as Float32Array);
    },
    async release() {
      drop();
      await reader?.release();
      await session.release();
    },
  };
}

async function create(
  model: Uint8Array,
  preferredOutputLocation: Readonly<Record<string, 'gpu-buffer'>>,
): Promise<InferenceSession> {
  try {
    return await InferenceSession.create(model, {
      ...sessionOptions('webgpu'),
      ...(Object.keys(preferredOutputLocation).length === 0 ? {} : { preferredOutputLocation }),
    });
  } catch (error) {
    const why = error instanceof Error ? error.message.split('\n')[0]! : String(error);
    throw new UserError(
      `WebGPU does not start: ${why}`,
      'reverie info says what is missing; --device cpu works',
    );
  }
}
