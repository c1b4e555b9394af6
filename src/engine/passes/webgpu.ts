import { zerosAround } from '../cuts.ts';
import type { Graph, GraphBuilder, Node, Value } from '../graph.ts';

import { rewrite } from './rewrite.ts';

/**
 * Puts operators into forms that onnxruntime 1.30 has on WebGPU, where they would run on the CPU, or wrongly:
 * sums of many become sums of two, rounding is made of floors, and convolutions see a multiple of four channels (other
 * numbers of channels give wrong results, github.com/microsoft/onnxruntime/issues/29651).
 */
export function webgpuForms(graph: Graph): Graph {
  return rewrite(graph, (node, inputs, builder) => {
    if (node.op === 'Sum') return [sumOf(inputs, node, builder)];
    if (node.op === 'Round') return [rounded(inputs[0]!, builder)];
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

/** The nearest whole number, of two as near the even one; every step is exact. */
function rounded(x: Value, builder: GraphBuilder): Value {
  const { shape, type } = x;
  const [half, one, two] = [0.5, 1, 2].map((value) => builder.scalar(value)) as [Value, Value, Value];
  const floor = (value: Value): Value => builder.add('Floor', [value], shape, type);
  const below = floor(x);
  const rest = builder.add('Sub', [x, below], shape, type);
  const pairs = floor(builder.add('Mul', [below, half], shape, type));
  const odd = builder.add('Sub', [below, builder.add('Mul', [pairs, two], shape, type)], shape, type);
  const choose = (op: 'Equal' | 'Greater', yes: Value, no: Value): Value =>
    builder.add('Where', [builder.add(op, [rest, half], shape, 'bool'), yes, no], shape, type);
  const above = builder.add('Add', [below, one], shape, type);
  return choose('Equal', builder.add('Add', [below, odd], shape, type), choose('Greater', above, below));
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
  const widened = [x, filter].map((value) => zerosAround(builder, value, [0, 0, 0, 0], [0, missing, 0, 0]));
  return builder.addMany('Conv', [...widened, ...bias], node.outputs, node.attributes);
}
