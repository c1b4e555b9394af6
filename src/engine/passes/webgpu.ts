import type { Graph, GraphBuilder, Node, Value } from '../graph.ts';
import { rewrite } from './rewrite.ts';

/**
 * Puts operators into forms that onnxruntime 1.30 has on WebGPU, where they would run on the CPU, or wrongly:
 * sums of many become sums of two, and convolutions see a multiple of four channels (other numbers of channels
 * give wrong results, github.com/microsoft/onnxruntime/issues/29651).
 */
export function webgpuForms(graph: Graph): Graph {
  return rewrite(graph, (node, inputs, builder) => {
    if (node.op === 'Sum') return [sumOf(inputs, node, builder)];
    if (node.op === 'Conv') return fourChannels(node, inputs, builder);
    return undefined;
  });
}

/** The sum as a balanced tree, which rounds less than a chain. */
function sumOf(terms: readonly Value[], node: Node, builder: GraphBuilder): Value {
  const [first] = terms as [Value];
  if (terms.length === 1) return first;
  const half = terms.length >> 1;
  const { shape, type } = node.outputs[0]!;
  const sides = [terms.slice(0, half), terms.slice(half)].map((part) => sumOf(part, node, builder));
  return builder.add('Add', sides, shape, type);
}

function fourChannels(
  node: Node,
  inputs: readonly Value[],
  builder: GraphBuilder,
): readonly Value[] | undefined {
  const [x, filter, ...bias] = inputs as [Value, Value];
  const channels = x.shape[1]!;
  const missing = (4 - (channels % 4)) % 4;
  if (missing === 0 || (node.attributes.group ?? 1) !== 1) return undefined;
  const widened = [x, filter].map((value) =>
    builder.add(
      'Pad',
      [value, builder.integers([0, 0, 0, 0, 0, missing, 0, 0]), builder.scalar(0)],
      [...value.shape].with(1, channels + missing),
      value.type,
    ),
  );
  return builder.addMany('Conv', [...widened, ...bias], node.outputs, node.attributes);
}
