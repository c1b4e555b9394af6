import * as tf from '@tensorflow/tfjs';
import { type FilledType, type GraphBuilder, sizeOf, type Value } from '../graph.ts';
import { hotPlaces, sequence } from './creation.ts';
import { cast, FLOATS, lower, NUMBERS, requireType, reshape, transpose } from './lowering.ts';

lower<tf.GatherV2Attrs>('GatherV2', ({ builder, input, attributes }) => {
  const [x, indices] = [input('x'), input('indices')];
  const axis = tf.util.parseAxisParam(attributes.axis, [...x.shape])[0]!;
  const batch = x.shape.slice(0, attributes.batchDims);
  const outer = x.shape.slice(batch.length, axis);
  const inner = x.shape.slice(axis + 1);
  if (sizeOf(batch) === 1) {
    const places = reshape(builder, indices, indices.shape.slice(batch.length));
    const shape = [...batch, ...outer, ...places.shape, ...inner];
    return builder.add('Gather', [x, places], shape, x.type, { axis });
  }
  // Each batch has rows of its own, which are counted through in one long list of rows.
  const rows = x.shape[axis]!;
  const count = sizeOf(batch);
  const axes = x.shape.map((_, index) => index);
  const order = [
    ...axes.slice(0, batch.length),
    axis,
    ...axes.slice(batch.length, axis),
    ...axes.slice(axis + 1),
  ];
  const list = reshape(builder, transpose(builder, x, order), [count * rows, ...outer, ...inner]);
  const own = indices.shape.slice(batch.length);
  const offsets = reshape(
    builder,
    sequence(builder, count, (index) => index * rows),
    [count, ...own.map(() => 1)],
  );
  const places = reshape(builder, indices, [count, ...own]);
  const global = builder.add('Add', [places, offsets], places.shape, 'int32');
  const shape = [...places.shape, ...outer, ...inner];
  const gathered = reshape(builder, builder.add('Gather', [list, global], shape, x.type, { axis: 0 }), [
    ...batch,
    ...own,
    ...outer,
    ...inner,
  ]);
  const range = (start: number, length: number): number[] =>
    Array.from({ length }, (_, index) => start + index);
  return transpose(builder, gathered, [
    ...range(0, batch.length),
    ...range(batch.length + own.length, outer.length),
    ...range(batch.length, own.length),
    ...range(batch.length + own.length + outer.length, inner.length),
  ]);
});

lower('GatherNd', ({ builder, input }) => {
  const [x, indices] = [input('params'), input('indices')];
  requireType(['int32'], indices);
  const shape = [...indices.shape.slice(0, -1), ...x.shape.slice(indices.shape.at(-1))];
  return builder.add('GatherND', [x, cast(builder, indices, 'int64')], shape, x.type);
});

// Updates to the same place add up. Along one axis of rows onnxruntime adds them in their order, so that the sum
// comes out the same every time.
lower<tf.ScatterNdAttrs>('ScatterNd', ({ builder, input, attributes: { shape } }) => {
  const [indices, updates] = [input('indices'), input('updates')];
  requireType(NUMBERS, updates);
  requireType(['int32'], indices);
  const depth = indices.shape.at(-1)!;
  const axes = shape.slice(0, depth);
  const width = sizeOf(shape.slice(depth));
  const count = sizeOf(indices.shape.slice(0, -1));
  const strides = axes.map((_, axis) => sizeOf(axes.slice(axis + 1)));
  const steps = builder.constant(Int32Array.from(strides), [depth], 'int32');
  const list = reshape(builder, indices, [count, depth]);
  const products = builder.add('Mul', [list, steps], list.shape, 'int32');
  const rows = builder.add('ReduceSum', [products, builder.integers([1])], [count, 1], 'int32', {
    keepdims: 1,
  });
  const places = builder.add('Expand', [rows, builder.integers([count, width])], [count, width], 'int32');
  const zeros = builder.filled(0, [sizeOf(axes), width], updates.type as FilledType);
  const values = reshape(builder, updates, [count, width]);
  const sums = builder.add('ScatterElements', [zeros, places, values], zeros.shape, updates.type, {
    axis: 0,
    reduction: 'add',
  });
  return reshape(builder, sums, shape);
});

lower('TensorScatterUpdate', ({ builder, input }) => {
  const [x, indices, updates] = [input('tensor'), input('indices'), input('updates')];
  return overwrite(builder, x, indices, updates);
});

lower<tf.SparseToDenseAttrs>('SparseToDense', ({ builder, input, attributes: { outputShape } }) => {
  const [indices, values, filler] = [input('sparseIndices'), input('sparseValues'), input('defaultValue')];
  const shape = builder.integers(outputShape);
  const blank = builder.add('Expand', [filler, shape], outputShape, values.type);
  const rank = outputShape.length;
  const places = reshape(builder, indices, [sizeOf(indices.shape) / rank, rank]);
  const count = [places.shape[0]!];
  const updates =
    values.shape.length === 0
      ? builder.add('Expand', [values, builder.integers(count)], count, values.type)
      : values;
  return overwrite(builder, blank, places, updates);
});

function overwrite(builder: GraphBuilder, x: Value, indices: Value, updates: Value): Value {
  requireType(NUMBERS, x);
  requireType([x.type], updates);
  requireType(['int32'], indices);
  return builder.add('ScatterND', [x, cast(builder, indices, 'int64'), updates], x.shape, x.type);
}

// A product with one-hot rows: scattered sums may be added in any order, products come out the same every time.
lower<tf.UnsortedSegmentSumAttrs>('UnsortedSegmentSum', ({ builder, input, attributes: { numSegments } }) => {
  const [x, ids] = [input('x'), input('segmentIds')];
  requireType(FLOATS, x);
  requireType(['int32'], ids);
  if (ids.shape.length !== 1) throw new Error('segmentIds must be a list');
  const [count, ...rest] = x.shape as [number, ...number[]];
  const segments = reshape(
    builder,
    sequence(builder, numSegments, (index) => index),
    [numSegments, 1],
  );
  const member = builder.add('Equal', [segments, ids], [numSegments, count], 'bool');
  const rows = reshape(builder, x, [count, sizeOf(rest)]);
  const left = cast(builder, member, 'float32');
  const sums = builder.add('Gemm', [left, rows], [numSegments, sizeOf(rest)], x.type);
  return reshape(builder, sums, [numSegments, ...rest]);
});

lower<tf.TopKAttrs>('TopK', ({ builder, input, attributes: { k, sorted } }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  const shape = x.shape.with(-1, k);
  const outputs = [
    { shape, type: x.type },
    { shape, type: 'int64' },
  ] as const;
  const [values, places] = builder.addMany('TopK', [x, builder.integers([k])], outputs, {
    axis: -1,
    sorted: sorted ? 1 : 0,
  }) as [Value, Value];
  return [values, cast(builder, places, 'int32')];
});

// The place of a value is how many elements of the sorted list are smaller (`left`), or not larger (`right`).
lower<tf.SearchSortedAttrs>('SearchSorted', ({ builder, input, attributes: { side } }) => {
  const [list, values] = [input('sortedSequence'), input('values')];
  requireType(NUMBERS, list);
  requireType([list.type], values);
  const [batch, length] = list.shape as [number, number];
  const count = values.shape[1]!;
  const rows = reshape(builder, list, [batch, 1, length]);
  const columns = reshape(builder, values, [batch, count, 1]);
  const op = side === 'left' ? 'Less' : 'LessOrEqual';
  const before = builder.add(op, [rows, columns], [batch, count, length], 'bool');
  const places = cast(builder, before, 'int32');
  return builder.add('ReduceSum', [places, builder.integers([2])], values.shape, 'int32', { keepdims: 0 });
});

lower<tf.BincountAttrs>('Bincount', ({ builder, input, attributes: { size } }) =>
  countBins(builder, input('x'), input('weights'), size, false),
);

lower<tf.DenseBincountAttrs>('DenseBincount', ({ builder, input, attributes: { size, binaryOutput } }) =>
  countBins(builder, input('x'), input('weights'), size, binaryOutput ?? false),
);

/** How often each number below `size` is in each row of x, or the sum of the weights it has there. */
function countBins(builder: GraphBuilder, x: Value, weights: Value, size: number, binary: boolean): Value {
  requireType(['int32'], x);
  requireType(NUMBERS, weights);
  const hot = hotPlaces(builder, x, size);
  const type = weights.type as FilledType;
  const ones = cast(builder, hot, type as 'float32' | 'int32');
  const weighted =
    binary || sizeOf(weights.shape) === 0
      ? ones
      : builder.add('Mul', [ones, reshape(builder, weights, [...weights.shape, 1])], hot.shape, type);
  const shape = [...x.shape.slice(0, -1), size];
  const axes = builder.integers([x.shape.length - 1]);
  return builder.add(binary ? 'ReduceMax' : 'ReduceSum', [weighted, axes], shape, type, { keepdims: 0 });
}
