import * as tf from '@tensorflow/tfjs';
import { slice } from '../cuts.ts';
import { type FilledType, sizeOf, type Value } from '../graph.ts';
import { mirroredIndices } from '../mirror.ts';
import { type StridedSliceAttributes, stridedBounds } from '../stridedBounds.ts';
import { BEFORE_FIRST, lower, requireType, reshape, reverse, transpose } from './lowering.ts';

lower<tf.ReshapeAttrs>('Reshape', ({ builder, input, attributes }) => {
  const x = input('x');
  return reshape(builder, x, tf.util.inferFromImplicitShape(attributes.shape, sizeOf(x.shape)));
});

lower<tf.ExpandDimsAttrs>('ExpandDims', ({ builder, input, attributes }) => {
  const x = input('input');
  const shape = [...x.shape];
  shape.splice(attributes.dim < 0 ? shape.length + attributes.dim + 1 : attributes.dim, 0, 1);
  return reshape(builder, x, shape);
});

lower<tf.TransposeAttrs>('Transpose', ({ builder, input, attributes }) =>
  transpose(builder, input('x'), attributes.perm),
);

lower<tf.ConcatAttrs>('Concat', ({ builder, inputs, attributes }) => {
  const first = inputs[0]!;
  const axis = tf.util.parseAxisParam(attributes.axis, [...first.shape])[0]!;
  const parts = inputs.filter((part) => sizeOf(part.shape) > 0);
  requireType([first.type], ...inputs);
  const rest = first.shape.toSpliced(axis, 1).join();
  if (inputs.some((part) => part.shape.toSpliced(axis, 1).join() !== rest))
    throw new Error('the other axes differ');
  if (parts.length === 1) return parts[0]!;
  const shape = [...first.shape];
  shape[axis] = inputs.reduce((total, part) => total + part.shape[axis]!, 0);
  if (parts.length === 0) return builder.filled(0, shape, first.type as FilledType);
  return builder.add('Concat', parts, shape, first.type, { axis });
});

lower<tf.SliceAttrs>('Slice', ({ builder, input, attributes }) => {
  const x = input('x');
  const { begin: given, size } = attributes;
  // Only the shape is read; the tensor itself has no values yet.
  const [begin, shape] = tf.slice_util.parseSliceParams(shapeOnly(x), given, size) as [number[], number[]];
  const axes = x.shape.flatMap((side, axis) => (side === shape[axis] ? [] : [axis]));
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis, index) => starts[index]! + shape[axis]!);
  return slice(builder, x, axes, starts, ends);
});

lower<StridedSliceAttributes>('StridedSlice', ({ builder, input, attributes }) => {
  const x = input('x');
  const { begin, end, strides, sizes, finalShape } = stridedBounds(x.shape, attributes);
  const axes = begin.map((_, axis) => axis);
  // A negative stride that runs past the first element ends "before the beginning", which ONNX writes as −∞.
  const ends = end.map((bound, axis) => (strides[axis]! < 0 && bound < 0 ? BEFORE_FIRST : bound));
  const bounds = [begin, ends, axes, strides].map((list) => builder.integers(list));
  return reshape(builder, builder.add('Slice', [x, ...bounds], sizes, x.type), finalShape);
});

lower<tf.PadV2Attrs>('PadV2', ({ builder, input, attributes }) => {
  const x = input('x');
  const { paddings, constantValue } = attributes;
  const filler = builder.scalar(constantValue, x.type as FilledType);
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  const shape = x.shape.map((side, axis) => side + paddings[axis]![0] + paddings[axis]![1]);
  return builder.add('Pad', [x, builder.integers(pads), filler], shape, x.type);
});

lower<tf.MirrorPadAttrs>('MirrorPad', ({ builder, input, attributes: { paddings, mode } }) => {
  const x = input('x');
  if (mode === 'reflect') {
    const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
    const shape = x.shape.map((side, axis) => side + paddings[axis]![0] + paddings[axis]![1]);
    return builder.add('Pad', [x, builder.integers(pads)], shape, x.type, { mode });
  }
  // ONNX has no padding that repeats the edge and then what mirrors it.
  return paddings.reduce((padded, [before, after], axis) => {
    const list = mirroredIndices(x.shape[axis]!, before, after, mode);
    if (before + after === 0) return padded;
    const indices = builder.constant(Int32Array.from(list), [list.length], 'int32');
    return builder.add('Gather', [padded, indices], padded.shape.with(axis, list.length), x.type, { axis });
  }, x);
});

lower<tf.TileAttrs>('Tile', ({ builder, input, attributes }) => {
  const x = input('x');
  const shape = x.shape.map((side, axis) => side * attributes.reps[axis]!);
  // Expand repeats axes of length one without copying along the others.
  if (x.shape.every((side, axis) => side === 1 || attributes.reps[axis] === 1)) {
    return builder.add('Expand', [x, builder.integers(shape)], shape, x.type);
  }
  return builder.add('Tile', [x, builder.integers(attributes.reps)], shape, x.type);
});

lower<tf.ReverseAttrs>('Reverse', ({ builder, input, attributes }) => {
  const x = input('x');
  return reverse(builder, x, tf.util.parseAxisParam(attributes.dims, [...x.shape]));
});

lower('FlipLeftRight', ({ builder, input }) => reverse(builder, input('image'), [2]));

lower<tf.PackAttrs>('Pack', ({ builder, inputs, attributes }) => {
  const [first] = inputs as [Value];
  requireType([first.type], ...inputs);
  const axis = attributes.axis < 0 ? attributes.axis + first.shape.length + 1 : attributes.axis;
  const shape = first.shape.toSpliced(axis, 0, 1);
  const parts = inputs.map((part) => reshape(builder, part, shape));
  return builder.add('Concat', parts, shape.with(axis, parts.length), first.type, { axis });
});

lower<tf.UnpackAttrs>('Unpack', ({ builder, input, attributes }) => {
  const x = input('value');
  const axis = attributes.axis < 0 ? attributes.axis + x.shape.length : attributes.axis;
  const rest = x.shape.toSpliced(axis, 1);
  return Array.from({ length: x.shape[axis]! }, (_, index) =>
    reshape(builder, slice(builder, x, [axis], [index], [index + 1]), rest),
  );
});

lower<tf.SplitVAttrs>('SplitV', ({ builder, input, attributes }) => {
  const x = input('x');
  const axis = tf.util.parseAxisParam(attributes.axis, [...x.shape])[0]!;
  const sizes = tf.backend_util.prepareSplitSize(
    // Only the shape is read; the tensor itself has no values yet.
    shapeOnly(x) as tf.Tensor,
    attributes.numOrSizeSplits,
    axis,
  );
  let start = 0;
  return sizes.map((size) => {
    start += size;
    return slice(builder, x, [axis], [start - size], [start]);
  });
});

/** What tfjs's helpers need of a tensor when they only look at its shape. */
function shapeOnly({ shape }: Value): tf.TensorInfo {
  return { dataId: {}, shape: [...shape], dtype: 'float32' };
}
