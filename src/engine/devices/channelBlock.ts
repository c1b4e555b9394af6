import type { Graph, Value } from '../graph.ts';
import { Program } from '../program.ts';

let found: Promise<number | undefined> | undefined;

/**
 * How many channels onnxruntime's blocked convolutions take together on this processor: 16 with AVX-512, 8 with
 * AVX2; nothing where it has none.
 */
export function channelBlock(): Promise<number | undefined> {
  found ??= probe().catch(() => undefined);
  return found;
}

/** Has onnxruntime bring two pixels of 16 channels into blocks: where the second pixel starts, a block is over. */
async function probe(): Promise<number | undefined> {
  // On other processors the operator itself may not be safe to call.
  if (process.arch !== 'x64') return undefined;
  const x: Value = { name: 'x', shape: [1, 16, 1, 2], type: 'float32' };
  const y: Value = { ...x, name: 'y' };
  const graph: Graph = {
    inputs: [x],
    outputs: [{ name: 'y', value: y }],
    nodes: [{ op: 'com.microsoft.nchwc.ReorderInput', inputs: [x], outputs: [y], attributes: {} }],
    constants: new Map(),
  };
  const program = await Program.compile(graph, { threads: 1 });
  const pixels = Float32Array.from({ length: 32 }, (_, index) => index % 2);
  const { data } = (await program.run(new Map([['x', { shape: x.shape, data: pixels }]]))).get('y')!;
  await program.release();
  const start = Array.from(data, Number).indexOf(1);
  return start === 8 || start === 16 ? start : undefined;
}
