import { zerosAround } from '../cuts.ts';
import type { Graph, GraphBuilder, Node, Value } from '../graph.ts';
import { ELEMENTWISE } from './elementwise.ts';
import { integersOf, type Pass, rewrite } from './rewrite.ts';
import { materialise, reorder, reshaped, rootOf, type View, viewOf, wholeView } from './views.ts';

/** onnxruntime's own convolution of blocks of channels, which its optimiser only uses where filters are constant. */
const BLOCKED_CONV = 'com.microsoft.nchwc.Conv';

/**
 * Convolutions over blocks of channels: [N, C, H, W] lies in memory as [N, C / block, H, W, block], so that a
 * vector register holds the same pixel of a whole block (Georganas et al. 2018). Everything elementwise between
 * such convolutions has that layout too, and pixel shuffles move whole blocks. The gradient of a filter is such a
 * convolution as well, its channels being the pictures of the batch; against a matrix product of shifted copies that
 * takes 0.4 to 0.8 of the time, whatever the shape (1 to 32 pictures of 9×16 to 72×128 pixels, 32 to 256 channels,
 * filters of 1×1 and 3×3, strides of 1 and 2; Zen 4). For graphs whose convolutions are channels first.
 *
 * @param block channels in a vector register of this processor
 */
export function blockedConvolutions(block: number): Pass {
  return function blocked(graph: Graph): Graph {
    const wishes = collectWishes(graph, block);
    if (wishes.size === 0) return graph;
    const layout: Layout = { block, blocks: new Map() };
    // A value that was turned only for some of its readers stays for the others.
    const plain = new Map<Value, Value>();
    const settle = (old: Value, value: Value, builder: GraphBuilder): Value => {
      if (!wishes.has(old) || blocksOf(builder, value, layout)) return value;
      const turned = unblocked(builder, toBlocks(builder, value, layout), value.shape, layout);
      plain.set(turned, value);
      return turned;
    };
    const emit = (node: Node, inputs: readonly Value[], builder: GraphBuilder): readonly Value[] => {
      const moved = emitMoved(node, inputs, builder, layout);
      if (moved) return [settle(node.outputs[0]!, moved, builder)];
      const here = inputs.map((input) => plain.get(input) ?? input);
      const outputs = builder.addMany(node.op, here, node.outputs, node.attributes);
      return outputs.map((value, index) => settle(node.outputs[index]!, value, builder));
    };
    return rewrite(graph, emit, settle);
  };
}

interface Layout {
  readonly block: number;
  /** The values that hold blocks so far, in whatever shape, and their shapes as blocks. */
  readonly blocks: Map<Value, readonly number[]>;
}

/** Whether a convolution gives whole blocks of channels, and takes such or, channels first, less than one. */
function isEligible({ op, inputs, attributes }: Node, block: number): boolean {
  const [x, filter] = inputs;
  if (op !== 'Conv' || x?.type !== 'float32' || filter?.shape.length !== 4) return false;
  const [outputs, channels] = filter.shape as [number, number];
  return (
    (attributes.group ?? 1) === 1 && outputs % block === 0 && (channels % block === 0 || channels < block)
  );
}

/** The values that lead to a convolution of blocks through elementwise operators. */
function collectWishes(graph: Graph, block: number): ReadonlySet<Value> {
  const wishes = new Set<Value>();
  for (const node of graph.nodes.toReversed()) {
    const [output] = node.outputs as [Value];
    if (isEligible(node, block)) {
      if (node.inputs[0]!.shape[1]! % block === 0) wishes.add(node.inputs[0]!);
    } else if (ELEMENTWISE.has(node.op) && wishes.has(output)) {
      for (const operand of ofShape(node.inputs, output.shape)) wishes.add(operand);
    }
  }
  return wishes;
}

function ofShape(values: readonly Value[], shape: readonly number[]): Value[] {
  return values.filter((value) => value.shape.join() === shape.join());
}

function emitMoved(
  node: Node,
  inputs: readonly Value[],
  builder: GraphBuilder,
  layout: Layout,
): Value | undefined {
  const [x] = inputs as [Value];
  const [{ shape }] = node.outputs as [Value];
  if (isEligible(node, layout.block)) return convolution(node, inputs, builder, layout);
  if (ELEMENTWISE.has(node.op) && shape.length === 4) {
    const large = ofShape(inputs, shape);
    const known = large.every((operand) => blocksOf(builder, operand, layout));
    return known && large.length > 0 ? elementwise(node, inputs, builder, layout) : undefined;
  }
  if (node.op === 'ReduceSum') return sumOfPixels(node, inputs, builder, layout);
  if (node.op === 'Transpose') {
    const perm = node.attributes.perm as readonly number[];
    return materialise(builder, reordered(builder, x, x.shape, perm, layout), shape);
  }
  return undefined;
}

function convolution(
  { attributes, outputs }: Node,
  [x, filter, ...bias]: readonly Value[],
  builder: GraphBuilder,
  layout: Layout,
): Value {
  const { shape, type } = outputs[0]!;
  const taken = x!.shape[1]! % layout.block === 0 ? toBlocks(builder, x!, layout) : x!;
  const pads = (attributes.pads as readonly number[] | undefined) ?? [0, 0, 0, 0];
  const [, left, , right] = pads as [number, number, number, number];
  // Places where the filter reaches over a side are computed one by one, the others together.
  const sides = left + right > 0 && left + right >= shape[3]! / 2 ? [left, right] : [0, 0];
  const wide = [...x!.shape].with(3, x!.shape[3]! + sides[0]! + sides[1]!);
  const operands = [
    // The operator takes and gives blocks under the shape that they stand for.
    reshaped(builder, widened(builder, taken, sides), wide),
    filterInBlocks(builder, filter!, layout),
    ...bias,
  ];
  const rest = { ...attributes, pads: pads.map((count, index) => count - (sides[(index - 1) / 2] ?? 0)) };
  return unblocked(builder, builder.add(BLOCKED_CONV, operands, shape, type, rest), shape, layout);
}

/** Zeros before and after the rows of a picture, in blocks or not. */
function widened(builder: GraphBuilder, x: Value, [before, after]: readonly number[]): Value {
  const none = x.shape.map(() => 0);
  return zerosAround(builder, x, none.with(3, before!), none.with(3, after!));
}

function elementwise(node: Node, inputs: readonly Value[], builder: GraphBuilder, layout: Layout): Value {
  const { shape, type } = node.outputs[0]!;
  const operands = inputs.map((operand) => {
    if (operand.shape.length === 0) return operand;
    const padded = [...Array<number>(shape.length - operand.shape.length).fill(1), ...operand.shape];
    return toBlocks(builder, reshaped(builder, operand, padded), layout);
  });
  const result = builder.add(node.op, operands, blockedShape(shape, layout), type, node.attributes);
  return unblocked(builder, result, shape, layout);
}

/** The sum over all pixels of all pictures, the gradient of a bias: over those of a picture first. */
function sumOfPixels(
  node: Node,
  [x, list]: readonly Value[],
  builder: GraphBuilder,
  layout: Layout,
): Value | undefined {
  const { shape, type } = node.outputs[0]!;
  const blocks = blocksOf(builder, x!, layout);
  if (!blocks || integersOf(builder, list!)?.toSorted().join() !== '0,2,3') return undefined;
  const [batch, channels, height, width] = x!.shape as [number, number, number, number];
  const rows = (batch * channels) / layout.block;
  const sum = (values: Value, axis: number, sides: readonly number[]): Value =>
    builder.add('ReduceSum', [values, builder.integers([axis])], sides, type, { keepdims: 0 });
  const pixels = reshaped(builder, blocks, [rows, height * width, layout.block]);
  const pictures = reshaped(builder, sum(pixels, 1, [rows, layout.block]), [batch, channels]);
  return reshaped(builder, sum(pictures, 0, [channels]), shape);
}

/** [N, C, H, W] as [N, C / block, H, W, block]; one channel for all stays one. */
function blockedShape([batch, channels, height, width]: readonly number[], { block }: Layout): number[] {
  const wide = channels === 1 ? 1 : block;
  return [batch!, channels! / wide, height!, width!, wide];
}

function toBlocks(builder: GraphBuilder, x: Value, layout: Layout): Value {
  return (
    blocksOf(builder, x, layout) ??
    materialise(builder, blockedView(builder, x, layout), blockedShape(x.shape, layout))
  );
}

/** The value in blocks that the value is a view of, if it is one. */
function blocksOf(builder: GraphBuilder, x: Value, layout: Layout): Value | undefined {
  if (x.shape.length !== 4 || x.shape[1]! % layout.block !== 0) return undefined;
  const { source, order } = blockedView(builder, x, layout);
  const inOrder = order.every((axis, index) => axis === index);
  return inOrder && layout.blocks.has(source)
    ? reshaped(builder, source, blockedShape(x.shape, layout))
    : undefined;
}

function blockedView(builder: GraphBuilder, x: Value, layout: Layout): View {
  const [batch, groups, height, width, wide] = blockedShape(x.shape, layout) as [
    number,
    number,
    number,
    number,
    number,
  ];
  return reordered(builder, x, [batch, groups, wide, height, width], [0, 1, 3, 4, 2], layout);
}

/** A value that holds the blocks of [N, C, H, W] as that again. */
function unblocked(builder: GraphBuilder, blocks: Value, shape: readonly number[], layout: Layout): Value {
  const whole = blockedShape(shape, layout);
  layout.blocks.set(rootOf(builder, blocks), whole);
  return materialise(builder, reorder(wholeView(blocks, whole), whole, [0, 1, 4, 2, 3])!, shape);
}

/**
 * [O, I, kh, kw] as [O / block, I / block, kh, kw, block of I, block of O], or with all of I outside where it is less
 * than a block, in the shape that the operator expects.
 */
function filterInBlocks(builder: GraphBuilder, filter: Value, layout: Layout): Value {
  const { block } = layout;
  const [outputs, inputs, height, width] = filter.shape as [number, number, number, number];
  const wide = inputs < block ? 1 : block;
  const split = [outputs / block, block, inputs / wide, wide, height, width];
  return materialise(builder, reordered(builder, filter, split, [0, 2, 4, 5, 3, 1], layout), filter.shape);
}

/** A value laid out as `shape` and reordered, seen from as far back as there is something in blocks. */
function reordered(
  builder: GraphBuilder,
  x: Value,
  shape: readonly number[],
  perm: readonly number[],
  { blocks }: Layout,
): View {
  return reorder(viewOf(builder, x, blocks), shape, perm) ?? reorder(wholeView(x), shape, perm)!;
}
