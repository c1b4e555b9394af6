import { InferenceSession, type Tensor } from 'onnxruntime-node';
import { UserError } from '../../errors.ts';
import { type Graph, updated, type Value } from '../graph.ts';
import { encodeModel } from '../onnx.ts';
import { type HostArray, type HostTensor, sessionOptions, toTensor } from '../program.ts';
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
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const changing = state.filter(({ name }) => outputs.has(updated(name)));
  const fixed = state.filter(({ name }) => !outputs.has(updated(name)));
  const session = await create(encodeModel(graph), onGpu(changing));
  const sessions = [session];
  let loaded: ReadonlyMap<string, HostTensor> = new Map();
  let held = new Map<string, Tensor>();
  const replace = (results: Readonly<Record<string, Tensor>>, values: readonly Value[]): void => {
    for (const { name } of values) {
      held.get(name)?.dispose();
      held.set(name, results[updated(name)]!);
    }
  };
  const feedsOf = (values: readonly Value[]): Record<string, Tensor> =>
    Object.fromEntries(values.map(({ name }) => [name, held.get(name)!]));
  const copy = async (values: readonly Value[], where: Locations): Promise<Record<string, Tensor>> => {
    const copier = await create(copies(values), where);
    sessions.push(copier);
    return { ...(await copier.run(feedsOf(values))) };
  };
  return {
    where: 'onnxruntime webgpu',
    async load(next) {
      for (const tensor of held.values()) tensor.dispose();
      loaded = next;
      held = new Map(state.map(({ name }) => [name, toTensor(next.get(name)!)]));
      if (fixed.length > 0) replace(await copy(fixed, onGpu(fixed)), fixed);
    },
    async run(inputs) {
      const feeds = feedsOf(state);
      for (const [name, input] of inputs) feeds[name] = toTensor(input);
      const results = await session.run(feeds);
      replace(results, changing);
      const rest = Object.entries(results).filter(
        ([name]) => !changing.some((value) => updated(value.name) === name),
      );
      return new Map(rest.map(([name, { dims, data }]) => [name, { shape: dims, data: data as HostArray }]));
    },
    async read() {
      const results = await copy(changing, {});
      for (const { name } of changing)
        loaded.get(name)!.data.set(results[updated(name)]!.data as Float32Array);
    },
    async release() {
      for (const tensor of held.values()) tensor.dispose();
      for (const each of sessions) await each.release();
    },
  };
}

type Locations = Readonly<Record<string, 'gpu-buffer'>>;

function onGpu(values: readonly Value[]): Locations {
  return Object.fromEntries(values.map(({ name }) => [updated(name), 'gpu-buffer']));
}

/** A graph that copies each value to its updated name. */
function copies(values: readonly Value[]): Uint8Array {
  return encodeModel({
    inputs: values,
    outputs: values.map((value) => ({ name: updated(value.name), value })),
    nodes: [],
    constants: new Map(),
  });
}

async function create(model: Uint8Array, preferredOutputLocation: Locations): Promise<InferenceSession> {
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
