import type { HostArray, HostTensor } from '../engine/index.ts';

/** A loaded graph: on a server the engine's `Program`, in a browser onnxruntime-web. */
export interface Runner {
  /** Runs the graph on inputs by name and gives its outputs by name. */
  run(inputs: ReadonlyMap<string, HostTensor<HostArray>>): Promise<Map<string, HostTensor<HostArray>>>;
  release(): Promise<void>;
}

/**
 * A float32 output of a run.
 *
 * @throws when the graph does not give it
 */
export function floats(outputs: ReadonlyMap<string, { readonly data: unknown }>, name: string): Float32Array {
  const data = outputs.get(name)?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`the graph gives no float32 ${name}`);
}
