import { type FilledType, type Graph, type GraphBuilder, type Node, sizeOf, type Value } from '../graph.ts';
import { rewrite } from './rewrite.ts';

/** A constant with more elements than this, not all equal, would weigh more in the file than what makes it. */
const MOST_ELEMENTS = 4096;

/**
 * What a value is known to hold: all its elements in order, or one number that they all equal.
 */
type Contents = readonly number[];

/**
 * Works out what is constant, and leaves out what changes nothing (times one, minus zero). Only operators whose
 * results IEEE 754 fixes are worked out, so that no bit depends on who computes it. An operand whose elements are
 * all equal, as the gradient of a mean is, becomes a scalar, and no tensor of its size is read.
 */
export function foldConstants(graph: Graph): Graph {
  return rewrite(graph, (node, inputs, builder) => {
    const [output] = node.outputs as [Value];
    const known = inputs.map((input) => contentsOf(builder, input));
    const result = evaluate(node, inputs, known);
    if (result) return [constant(builder, result, output)];
    if (!(node.op in BINARY)) return undefined;
    const same = unchanged(node, inputs, known);
    if (same) return [same];
    const small = inputs.map((input, index) => narrowed(builder, input, known[index], inputs, output));
    return small.some((input, index) => input !== inputs[index])
      ? builder.addMany(node.op, small, node.outputs, node.attributes)
      : undefined;
  });
}

const UNARY: Readonly<Record<string, (x: number) => number>> = {
  Abs: Math.abs,
  Neg: (x) => -x,
  Not: (x) => 1 - x,
  Sqrt: Math.sqrt,
};

const BINARY: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Div: (a, b) => a / b,
  Mul: (a, b) => a * b,
  Sub: (a, b) => a - b,
};

const COMPARISON: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  Equal: (a, b) => a === b,
  Greater: (a, b) => a > b,
  GreaterOrEqual: (a, b) => a >= b,
  Less: (a, b) => a < b,
  LessOrEqual: (a, b) => a <= b,
};

/** What a value holds, if that is known and not too much. */
function contentsOf(builder: GraphBuilder, value: Value): Contents | undefined {
  const producer = builder.producer(value);
  if (producer?.op === 'Expand') {
    const inner = contentsOf(builder, producer.inputs[0]!);
    return inner?.length === 1 ? inner : undefined;
  }
  const data = builder.constants.get(value);
  // 64-bit integers are shapes and axes, which the output's shape tells too.
  if (!data || data instanceof BigInt64Array || data.length > MOST_ELEMENTS) return undefined;
  const values = Array.from(data, Number);
  return values.length > 0 && values.every((each) => Object.is(each, values[0])) ? [values[0]!] : values;
}

function constant(builder: GraphBuilder, contents: Contents, { shape, type }: Value): Value {
  // `evaluate` makes no other types.
  const filled = type as FilledType;
  if (contents.length === 1) return builder.filled(contents[0]!, shape, filled);
  const data = filled === 'float32' ? Float32Array : filled === 'int32' ? Int32Array : Uint8Array;
  return builder.constant(data.from(contents), shape, type);
}

function evaluate(
  { op, attributes, outputs }: Node,
  inputs: readonly Value[],
  known: readonly (Contents | undefined)[],
): Contents | undefined {
  const { shape, type } = outputs[0]!;
  const [first, second] = known;
  if (!first || !['float32', 'int32', 'bool'].includes(type)) return undefined;
  if (first.length > 1 && sizeOf(shape) > MOST_ELEMENTS) return undefined;
  if (op === 'Reshape') return first;
  if (op === 'Expand') return first.length === 1 ? first : undefined;
  if (op === 'Transpose') return turned(first, inputs[0]!.shape, attributes.perm as readonly number[]);
  if (op === 'Cast') return inputs[0]!.type === 'bool' || inputs[0]!.type === type ? first : undefined;
  const unary = UNARY[op];
  if (unary && (type === 'float32' || type === 'bool')) return first.map((x) => Math.fround(unary(x)));
  if (!second || sizeOf(shape) > MOST_ELEMENTS) {
    if (second?.length !== 1 || first.length !== 1) return undefined;
  }
  const [a, b] = inputs as [Value, Value];
  const binary = BINARY[op];
  if (binary && type === 'float32')
    return paired(first, a.shape, second, b.shape, shape, (x, y) => Math.fround(binary(x, y)));
  const comparison = COMPARISON[op];
  return comparison && paired(first, a.shape, second, b.shape, shape, (x, y) => (comparison(x, y) ? 1 : 0));
}

/** A function of two tensors that broadcast. */
function paired(
  a: Contents,
  shapeA: readonly number[],
  b: Contents,
  shapeB: readonly number[],
  shape: readonly number[],
  fn: (a: number, b: number) => number,
): Contents {
  if (a.length === 1 && b.length === 1) return [fn(a[0]!, b[0]!)];
  const [placeA, placeB] = [place(a, shapeA), place(b, shapeB)];
  return Array.from({ length: sizeOf(shape) }, (_, index) => fn(a[placeA(index)]!, b[placeB(index)]!));

  /** Where an element of the result is found in an operand. */
  function place(contents: Contents, from: readonly number[]): (index: number) => number {
    if (contents.length === 1) return () => 0;
    const missing = shape.length - from.length;
    return (index) => {
      let [rest, stride, at] = [index, 1, 0];
      for (let axis = shape.length - 1; axis >= missing; axis -= 1) {
        const side = from[axis - missing]!;
        if (side > 1) at += (rest % shape[axis]!) * stride;
        stride *= side;
        rest = Math.floor(rest / shape[axis]!);
      }
      return at;
    };
  }
}

function turned(contents: Contents, shape: readonly number[], perm: readonly number[]): Contents {
  if (contents.length === 1) return contents;
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  return Array.from({ length: contents.length }, (_, index) => {
    let [rest, at] = [index, 0];
    for (const axis of perm.toReversed()) {
      at += (rest % shape[axis]!) * strides[axis]!;
      rest = Math.floor(rest / shape[axis]!);
    }
    return contents[at]!;
  });
}

/** The operand that an operator gives back as it is, if it does. */
function unchanged(
  { op, outputs }: Node,
  [a, b]: readonly Value[],
  [first, second]: readonly (Contents | undefined)[],
): Value | undefined {
  const isOnly = (contents: Contents | undefined, number: number): boolean =>
    contents?.length === 1 && Object.is(contents[0], number);
  const whole = (value: Value): boolean => value.shape.join() === outputs[0]!.shape.join();
  if (isOnly(second, op === 'Sub' ? 0 : op === 'Add' ? -0 : 1) && whole(a!)) return a;
  if (op === 'Mul' && isOnly(first, 1) && whole(b!)) return b;
  return undefined;
}

/** The scalar in place of an operand of equal elements, where another operand has the result's shape. */
function narrowed(
  builder: GraphBuilder,
  operand: Value,
  contents: Contents | undefined,
  operands: readonly Value[],
  output: Value,
): Value {
  if (contents?.length !== 1 || operand.shape.length === 0) return operand;
  const others = operands.filter((other) => other !== operand);
  return others.some(({ shape }) => shape.join() === output.shape.join())
    ? builder.scalar(contents[0]!, operand.type as FilledType)
    : operand;
}
