import { type Graph, type GraphBuilder, type Node, sizeOf, type Value } from '../graph.ts';
import { inverse, permuted, reordered, reshapedAhead, transposed } from './axes.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { integersOf, rewrite } from './rewrite.ts';

const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_CHANNELS_LAST = [0, 2, 3, 1];

const REDUCTIONS = new Set(['ReduceMax', 'ReduceMean', 'ReduceMin', 'ReduceProd', 'ReduceSum']);

/** What a value's readers make of the order of its axes. */
type Wish =
  /** Some reader, or a reader's reader, wants channels first. */
  | 'channelsFirst'
  /** Any order will do, since a transpose follows that can take on another one. */
  | 'any';

/**
 * Layout assignment: the functions that are traced have channels last, ONNX convolutions channels first. Every
 * value that leads to a convolution through elementwise operators, pads, slices and concatenations is computed
 * channels first as well, so that no transpose stands between convolutions; what a reshape needs of a layout
 * (pixel shuffles) becomes one transpose with it.
 */
export function channelsFirst(graph: Graph): Graph {
  const wishes = collectWishes(graph);
  if (![...wishes.values()].includes('channelsFirst')) return graph;
  // A value that was turned only for some of its readers stays for the others.
  const plain = new Map<Value, Value>();
  const settle = (old: Value, value: Value, builder: GraphBuilder): Value => {
    if (wishes.get(old) !== 'channelsFirst' || reordered(builder, value)) return value;
    const first = transposed(builder, value, TO_CHANNELS_FIRST);
    const last = builder.add('Transpose', [first], value.shape, value.type, { perm: TO_CHANNELS_LAST });
    plain.set(last, value);
    return last;
  };
  const emit = (node: Node, inputs: readonly Value[], builder: GraphBuilder): readonly Value[] => {
    const [output] = node.outputs as [Value];
    const moved = emitMoved(node, inputs, builder, wishes.has(output));
    if (moved) return [settle(output, moved, builder)];
    const here = inputs.map((input) => plain.get(input) ?? input);
    const outputs = builder.addMany(node.op, here, node.outputs, node.attributes);
    return outputs.map((value, index) => settle(node.outputs[index]!, value, builder));
  };
  return rewrite(graph, emit, settle);
}

function collectWishes(graph: Graph): Map<Value, Wish> {
  const wishes = new Map<Value, Wish>();
  const transposedLater = new Set<Value>();
  const wish = (value: Value, kind: Wish | undefined): void => {
    if (kind && value.shape.length === 4 && wishes.get(value) !== 'channelsFirst') wishes.set(value, kind);
  };
  for (const node of graph.nodes.toReversed()) {
    const [input] = node.inputs as [Value];
    const [output] = node.outputs as [Value];
    if (node.op === 'Transpose') {
      transposedLater.add(input);
      const wanted = String(node.attributes.perm) === String(TO_CHANNELS_FIRST);
      wish(input, wanted ? 'channelsFirst' : 'any');
    } else if (node.op === 'Reshape') {
      if (transposedLater.has(output)) wish(input, 'any');
    } else if (ELEMENTWISE.has(node.op)) {
      for (const operand of node.inputs) {
        if (sizeOf(operand.shape) === sizeOf(output.shape)) wish(operand, wishes.get(output));
      }
    } else if (node.op === 'Concat') {
      for (const part of node.inputs) wish(part, wishes.get(output));
    } else if (node.op === 'Pad' || node.op === 'Slice') {
      wish(input, wishes.get(output));
    }
  }
  return wishes;
}

/** Emits a node before the transposes that stand before it, where that is possible and of use. */
function emitMoved(
  node: Node,
  inputs: readonly Value[],
  builder: GraphBuilder,
  wished: boolean,
): Value | undefined {
  const { op, outputs } = node;
  const [output] = outputs as [Value];
  const [input] = inputs as [Value];
  if (op === 'Transpose') return transposed(builder, input, node.attributes.perm as readonly number[]);
  if (op === 'Reshape') return reordered(builder, input) && reshapedAhead(builder, input, output.shape);
  if (REDUCTIONS.has(op)) return reduce(node, inputs, builder);
  if (!wished) return undefined;
  if (ELEMENTWISE.has(op)) return elementwise(node, inputs, builder);
  if (op === 'Concat') return concat(node, inputs, builder);
  if (op === 'Pad') return pad(node, inputs, builder);
  if (op === 'Slice') return slice(node, inputs, builder);
  return undefined;
}

/** The order that all operands of the output's size have, if they have one and the same. */
function commonOrder(
  operands: readonly Value[],
  size: number,
  builder: GraphBuilder,
): readonly number[] | undefined {
  const large = operands.filter(({ shape }) => sizeOf(shape) === size);
  const perms = large.map((operand) => reordered(builder, operand)?.perm);
  const [first] = perms;
  return first && perms.every((perm) => String(perm) === String(first)) ? first : undefined;
}

/** An operand as its source has its axes; one that broadcasts is brought to the same number of axes first. */
function inOrder(builder: GraphBuilder, operand: Value, perm: readonly number[]): Value {
  if (operand.shape.length === 0) return operand;
  const padded = [...Array<number>(perm.length - operand.shape.length).fill(1), ...operand.shape];
  return transposed(builder, reshapedAhead(builder, operand, padded), inverse(perm));
}

function elementwise(node: Node, inputs: readonly Value[], builder: GraphBuilder): Value | undefined {
  const { shape, type } = node.outputs[0]!;
  const perm = commonOrder(inputs, sizeOf(shape), builder);
  if (!perm) return undefined;
  const operands = inputs.map((operand) => inOrder(builder, operand, perm));
  const result = builder.add(node.op, operands, permuted(shape, inverse(perm)), type, node.attributes);
  return transposed(builder, result, perm);
}

function concat(node: Node, inputs: readonly Value[], builder: GraphBuilder): Value | undefined {
  const { shape, type } = node.outputs[0]!;
  const perms = inputs.map((part) => reordered(builder, part)?.perm);
  const [perm] = perms;
  if (!perm || perms.some((other) => String(other) !== String(perm))) return undefined;
  const parts = inputs.map((part) => inOrder(builder, part, perm));
  const axis = perm[Number(node.attributes.axis)]!;
  return transposed(
    builder,
    builder.add('Concat', parts, permuted(shape, inverse(perm)), type, { axis }),
    perm,
  );
}

function pad(node: Node, inputs: readonly Value[], builder: GraphBuilder): Value | undefined {
  const [x, list, ...filler] = inputs as [Value, Value];
  const before = reordered(builder, x);
  const pads = integersOf(builder, list);
  if (!before || !pads) return undefined;
  const { shape, type } = node.outputs[0]!;
  const back = inverse(before.perm);
  const rank = shape.length;
  const turned = [...permuted(pads.slice(0, rank), back), ...permuted(pads.slice(rank), back)];
  const operands = [before.source, builder.integers(turned), ...filler];
  return transposed(
    builder,
    builder.add('Pad', operands, permuted(shape, back), type, node.attributes),
    before.perm,
  );
}

function slice(node: Node, inputs: readonly Value[], builder: GraphBuilder): Value | undefined {
  const [x, starts, ends, axes, ...steps] = inputs as [Value, Value, Value, Value];
  const before = reordered(builder, x);
  const list = integersOf(builder, axes);
  if (!before || !list) return undefined;
  const { shape, type } = node.outputs[0]!;
  const turned = builder.integers(list.map((axis) => before.perm[axis]!));
  const result = builder.add(
    'Slice',
    [before.source, starts, ends, turned, ...steps],
    permuted(shape, inverse(before.perm)),
    type,
  );
  return transposed(builder, result, before.perm);
}

function reduce(node: Node, inputs: readonly Value[], builder: GraphBuilder): Value | undefined {
  const [x, list] = inputs as [Value, Value];
  const before = reordered(builder, x);
  const axes = integersOf(builder, list);
  if (!before || !axes) return undefined;
  const { shape, type } = node.outputs[0]!;
  const { source, perm } = before;
  const turned = axes.map((axis) => perm[axis]!).sort((a, b) => a - b);
  const kept = perm.filter((axis) => !turned.includes(axis));
  const keepsAxes = node.attributes.keepdims === 1;
  const sorted = kept.toSorted((a, b) => a - b);
  const order = keepsAxes ? perm : kept.map((axis) => sorted.indexOf(axis));
  const result = builder.add(
    node.op,
    [source, builder.integers(turned)],
    permuted(shape, inverse(order)),
    type,
    node.attributes,
  );
  return transposed(builder, result, order);
}
