import * as tf from '@tensorflow/tfjs';
import { lower } from './lowering.ts';

interface ReductionAttributes {
  axis: number | number[];
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
    const axes = tf.util.parseAxisParam(attributes.axis, [...x.shape]);
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
  const axis = attributes.dim < 0 ? attributes.dim + x.shape.length : attributes.dim;
  return builder.add('Softmax', [x], x.shape, x.type, { axis });
});

lower<tf.CumsumAttrs>('Cumsum', ({ builder, input, attributes }) => {
  const x = input('x');
  const axis = builder.constant(BigInt64Array.of(BigInt(attributes.axis)), [], 'int64');
  return builder.add('CumSum', [x, axis], x.shape, x.type, {
    exclusive: attributes.exclusive ? 1 : 0,
    reverse: attributes.reverse ? 1 : 0,
  });
});
