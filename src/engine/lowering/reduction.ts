import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder, Value } from '../graph.ts';
import { cast, lower, NUMBERS, requireType } from './lowering.ts';

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
    const x = input('x');
    requireType(NUMBERS, x);
    // The mean of integers is a real number.
    return fold(builder, op, op === 'ReduceMean' ? cast(builder, x, 'float32') : x, attributes);
  });
}

/** onnxruntime folds no truth: true is the larger one. */
for (const [kernel, op] of [
  ['All', 'ReduceMin'],
  ['Any', 'ReduceMax'],
] as const) {
  lower<ReductionAttributes>(kernel, ({ builder, input, attributes }) => {
    const x = input('x');
    requireType(['bool'], x);
    return cast(builder, fold(builder, op, cast(builder, x, 'int32'), attributes), 'bool');
  });
}

for (const op of ['ArgMax', 'ArgMin']) {
  lower<tf.ArgMaxAttrs>(op, ({ builder, input, attributes }) => {
    const x = input('x');
    requireType(NUMBERS, x);
    const axis = tf.util.parseAxisParam(attributes.axis, [...x.shape])[0]!;
    const shape = x.shape.toSpliced(axis, 1);
    return cast(builder, builder.add(op, [x], shape, 'int64', { axis, keepdims: 0 }), 'int32');
  });
}

function fold(builder: GraphBuilder, op: string, x: Value, attributes: ReductionAttributes): Value {
  const axes = axesOf(attributes, x);
  if (axes.length === 0) return x;
  const kept = x.shape.map((side, axis) => (axes.includes(axis) ? 1 : side));
  const shape = attributes.keepDims ? kept : x.shape.filter((_, axis) => !axes.includes(axis));
  return builder.add(op, [x, builder.integers(axes)], shape, x.type, {
    keepdims: attributes.keepDims ? 1 : 0,
  });
}

/** All axes where none are named. */
function axesOf({ axis, reductionIndices }: ReductionAttributes, { shape }: Value): number[] {
  const given = axis ?? reductionIndices;
  return given === undefined ? shape.map((_, index) => index) : tf.util.parseAxisParam(given, [...shape]);
}
