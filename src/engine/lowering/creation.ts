import type * as tf from '@tensorflow/tfjs';
import { type FilledType, type GraphBuilder, sizeOf, type Value } from '../graph.ts';
import { cast, lower, NUMBERS, requireType, reshape } from './lowering.ts';

lower<tf.CastAttrs>('Cast', ({ builder, input, attributes: { dtype } }) =>
  cast(builder, input('x'), graphType(dtype)),
);

lower('Identity', ({ input }) => input('x'));

for (const [kernel, value] of [
  ['ZerosLike', 0],
  ['OnesLike', 1],
] as const) {
  lower(kernel, ({ builder, input }) => {
    const x = input('x');
    requireType([...NUMBERS, 'bool'], x);
    return builder.filled(value, x.shape, x.type as FilledType);
  });
}

lower<tf.FillAttrs>('Fill', ({ builder, attributes: { shape, value, dtype } }) =>
  builder.filled(Number(value), shape, graphType(dtype ?? 'float32')),
);

lower<tf.RangeAttrs>('Range', ({ builder, attributes: { start, stop, step, dtype } }) => {
  const length = Math.max(0, Math.ceil((stop - start) / step));
  return sequence(builder, length, (index) => start + index * step, dtype);
});

lower<tf.LinSpaceAttrs>('LinSpace', ({ builder, attributes: { start, stop, num } }) => {
  const step = (stop - start) / Math.max(1, num - 1);
  return sequence(builder, num, (index) => start + index * step, 'float32');
});

/** A constant list. */
export function sequence(
  builder: GraphBuilder,
  length: number,
  at: (index: number) => number,
  type: 'float32' | 'int32' = 'int32',
): Value {
  const list = Array.from({ length }, (_, index) => at(index));
  const data = type === 'int32' ? Int32Array.from(list) : Float32Array.from(list);
  return builder.constant(data, [length], type);
}

/** Where the places [..., depth] of one-hot rows are that indices [...] point at; nowhere if out of range. */
export function hotPlaces(builder: GraphBuilder, indices: Value, depth: number): Value {
  const column = reshape(builder, indices, [...indices.shape, 1]);
  const places = sequence(builder, depth, (index) => index);
  return builder.add('Equal', [column, places], [...indices.shape, depth], 'bool');
}

lower<tf.OneHotAttrs>('OneHot', ({ builder, input, attributes }) => {
  const { depth, onValue, offValue, dtype } = attributes;
  const indices = input('indices');
  requireType(['int32'], indices);
  const hot = hotPlaces(builder, indices, depth);
  const type = graphType(dtype);
  if (onValue === 1 && offValue === 0) return cast(builder, hot, type);
  if (type === 'bool') throw new Error('truth is either 1 or 0');
  const [on, off] = [builder.scalar(onValue, type), builder.scalar(offValue, type)];
  return builder.add('Where', [hot, on, off], hot.shape, type);
});

lower('Diag', ({ builder, input }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  const size = sizeOf(x.shape);
  const places = sequence(builder, size, (index) => index);
  const diagonal = hotPlaces(builder, places, size);
  const zero = builder.scalar(0, x.type as FilledType);
  const matrix = builder.add('Where', [diagonal, reshape(builder, x, [size]), zero], [size, size], x.type);
  return reshape(builder, matrix, [...x.shape, ...x.shape]);
});

function graphType(type: tf.DataType): FilledType {
  if (type === 'float32' || type === 'int32' || type === 'bool') return type;
  throw new Error(`there is no ${type} in graphs`);
}
