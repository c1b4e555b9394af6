import * as tf from '@tensorflow/tfjs';
import { slice } from '../cuts.ts';
import type { FilledType, Value } from '../graph.ts';
import { lower, NUMBERS, requireType } from './lowering.ts';

lower<tf.CumsumAttrs>('Cumsum', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  const [along] = tf.util.parseAxisParam(attributes.axis, [...x.shape]);
  const axis = builder.constant(BigInt64Array.of(BigInt(along!)), [], 'int64');
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
  const { exclusive, reverse } = attributes;
  const axis = tf.util.parseAxisParam(attributes.axis, [...x.shape])[0]!;
  const length = x.shape[axis]!;
  let product = exclusive ? shifted(x, 1) : x;
  for (let distance = 1; distance < length; distance *= 2) {
    product = builder.add('Mul', [product, shifted(product, distance)], x.shape, x.type);
  }
  return product;

  /** The values moved along the axis; ones come in. */
  function shifted(values: Value, distance: number): Value {
    const at = Math.min(distance, length);
    const ones = builder.filled(1, values.shape.with(axis, at), x.type as FilledType);
    if (at === length) return ones;
    const [start, end] = reverse ? [at, length] : [0, length - at];
    const rest = slice(builder, values, [axis], [start], [end]);
    return builder.add('Concat', reverse ? [rest, ones] : [ones, rest], values.shape, x.type, { axis });
  }
});
