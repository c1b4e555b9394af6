import * as tf from '@tensorflow/tfjs';
import { type FilledType, type GraphBuilder, sizeOf, type Value } from '../graph.ts';
import { FLOATS, lower, NUMBERS, requireType, reshape } from './lowering.ts';

interface ReductionAttributes {
  axis?: number | number[];
  /** What tfjs calls the axes of Max. */
  reductionIndices?: number | number[];
  keepDims: boolean;
}

/** Kernels that fold axes, and the ONNX operator that does the same. */
const REDUCTION: Record<string, string> = {
  Max: 'ReduceMax',
  Mean: 'ReduceMean',
  Min: 'ReduceMin',
  Prod: 'ReduceProd',
  Sum: 'ReduceSum',
};

for (const [kernel, op] of Object.entries(REDUCTION)) {
  lower<ReductionAttributes>(kernel, ({ builder, input, attributes }) => {
    const given = input('x');
    requireType(NUMBERS, given);
    // The mean of integers is a real number.
    const x = op === 'ReduceMean' ? toFloat(builder, given) : given;
    const axes = axesOf(attributes, x);
    if (axes.length === 0) return x;
    const kept = x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
    const shape = attributes.keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
    return builder.add(op, [x, builder.integers(axes)], shape, x.type, {
      keepdims: attributes.keepDims ? 1 : 0,
    });
  });
}

lower<tf.SoftmaxAttrs>('Softmax', ({ builder, input, attributes }) => {
  const x = input('logits');
  requireType(FLOATS, x);
  const axis = attributes.dim < 0 ? attributes.dim + x.shape.length : attributes.dim;
  return builder.add('Softmax', [x], x.shape, x.type, { axis });
});

lower<tf.CumsumAttrs>('Cumsum', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  const axis = builder.constant(BigInt64Array.of(BigInt(attributes.axis)), [], 'int64');
  return builder.add('CumSum', [x, axis], x.shape, x.type, {
    exclusive: attributes.exclusive ? 1 : 0,
    reverse: attributes.reverse ? 1 : 0,
  });
});

// ONNX has no cumulative product: each round multiplies by what stands 1, 2, 4… places before (Hillis & Steele
// 1986).
lower<tf.CumprodAttrs>('Cumprod', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  const { axis, exclusive, reverse } = attributes;
  const length = x.shape[axis];
  if (length === undefined) throw new Error(`there is no axis ${axis}`);
  let product = exclusive ? shifted(x, 1) : x;
  for (let distance = 1; distance < length; distance *= 2) {
    product = builder.add('Mul', [product, shifted(product, distance)], x.shape, x.type);
  }
  return product;

  /** The values moved along the axis; ones come in. */
  function shifted(values: Value, distance: number): Value {
    const bounds = (start: number, end: number): Value[] =>
      [[start], [end], [axis]].map((list) => builder.integers(list));
    const at = Math.min(distance, length!);
    const kept = values.shape.map((side, index) => (index === axis ? side - at : side));
    const rest = builder.add(
      'Slice',
      [values, ...(reverse ? bounds(at, length!) : bounds(0, length! - at))],
      kept,
      x.type,
    );
    const ones = builder.filled(
      1,
      values.shape.map((side, index) => (index === axis ? at : side)),
      x.type as FilledType,
    );
    if (at === length) return ones;
    return builder.add('Concat', reverse ? [rest, ones] : [ones, rest], values.shape, x.type, { axis });
  }
});

// A product with one-hot rows: scattered sums may be added in any order, products come out the same every time.
lower<tf.UnsortedSegmentSumAttrs>('UnsortedSegmentSum', ({ builder, input, attributes: { numSegments } }) => {
  const [x, ids] = [input('x'), input('segmentIds')];
  requireType(FLOATS, x);
  requireType(['int32'], ids);
  if (ids.shape.length !== 1) throw new Error('segmentIds must be a list');
  const [count, ...rest] = x.shape as [number, ...number[]];
  const segments = builder.constant(
    Int32Array.from({ length: numSegments }, (_, index) => index),
    [numSegments, 1],
    'int32',
  );
  const member = builder.add('Equal', [segments, ids], [numSegments, count], 'bool');
  const rows = reshape(builder, x, [count, sizeOf(rest)]);
  const sums = builder.add('Gemm', [toFloat(builder, member), rows], [numSegments, sizeOf(rest)], x.type);
  return reshape(builder, sums, [numSegments, ...rest]);
});

/** All axes where none are named. */
function axesOf({ axis, reductionIndices }: ReductionAttributes, { shape }: Value): number[] {
  const given = axis ?? reductionIndices;
  return given === undefined ? shape.map((_, index) => index) : tf.util.parseAxisParam(given, [...shape]);
}

function toFloat(builder: GraphBuilder, x: Value): Value {
  return x.type === 'float32' ? x : builder.add('Cast', [x], x.shape, 'float32', { to: 1 });
}
