import type { Graph, GraphBuilder, Node, Value } from '../graph.ts';
import { integersOf, rewrite } from './rewrite.ts';

/**
 * A part of what was padded with zeros is the original padded less, or cut: one copy instead of two. Filter
 * gradients are made of such parts, one for each row and column of the filter.
 */
export function shiftsAsPads(graph: Graph): Graph {
  return rewrite(graph, (node, inputs, builder) => {
    const pads = node.op === 'Slice' ? padsOfPart(node, inputs, builder) : undefined;
    if (!pads) return undefined;
    const { inputs: before, attributes } = builder.producer(inputs[0]!)!;
    const [x, , ...filler] = before as [Value, Value];
    if (pads.every((count) => count === 0)) return [x];
    return builder.addMany('Pad', [x, builder.integers(pads), ...filler], node.outputs, attributes);
  });
}

/** How a slice of a padded value pads what was padded; negative numbers cut. Nothing for other slices. */
function padsOfPart(
  { outputs }: Node,
  [padded, ...bounds]: readonly Value[],
  builder: GraphBuilder,
): number[] | undefined {
  const pad = builder.producer(padded!);
  if (pad?.op !== 'Pad' || (pad.attributes.mode ?? 'constant') !== 'constant') return undefined;
  const pads = integersOf(builder, pad.inputs[1]!);
  const [starts, , axes, steps] = bounds.map((list) => integersOf(builder, list));
  if (!pads || !starts || !axes || steps?.some((step) => step !== 1)) return undefined;
  const rank = padded!.shape.length;
  for (const [index, axis] of axes.entries()) {
    const length = outputs[0]!.shape[axis]!;
    pads[axis]! -= starts[index]!;
    pads[rank + axis]! -= padded!.shape[axis]! - starts[index]! - length;
  }
  // A part that holds no more than zeros has nothing left to pad.
  const rest = pad.inputs[0]!.shape.map(
    (side, axis) => side + Math.min(0, pads[axis]!) + Math.min(0, pads[rank + axis]!),
  );
  return rest.every((side) => side > 0) && starts.every((start) => start >= 0) ? pads : undefined;
}
