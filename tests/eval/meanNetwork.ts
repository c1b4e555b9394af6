import { writeFile } from 'node:fs/promises';
import { encodeModel, type Graph } from '../../src/engine/index.ts';

/** A network that gives its input's means over space (and time) as the vector, and its input as a feature map. */
export async function writeMeanNetwork(
  file: string,
  input: string,
  shape: readonly number[],
): Promise<string> {
  const frames = { name: input, shape, type: 'float32' } as const;
  const pooled = { name: 'pooled', shape: [1, 3, ...shape.slice(2).map(() => 1)], type: 'float32' } as const;
  const vector = { name: 'vector', shape: [1, 3], type: 'float32' } as const;
  const map = { name: 'map', shape, type: 'float32' } as const;
  const graph: Graph = {
    inputs: [frames],
    outputs: [
      { name: 'map', value: map },
      { name: 'vector', value: vector },
    ],
    nodes: [
      { op: 'GlobalAveragePool', inputs: [frames], outputs: [pooled], attributes: {} },
      { op: 'Flatten', inputs: [pooled], outputs: [vector], attributes: { axis: 1 } },
      { op: 'Relu', inputs: [frames], outputs: [map], attributes: {} },
    ],
    constants: new Map(),
  };
  await writeFile(file, encodeModel(graph, new Map()));
  return file;
}
