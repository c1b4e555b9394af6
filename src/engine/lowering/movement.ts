import * as tf from '@tensorflow/tfjs';
import { type FilledType, sizeOf, type Value } from '../graph.ts';
import { lower, requireType, reshape, transpose } from './lowering.ts';

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
  if (axes.length === 0) return x;
  const starts = axes.map((axis) => begin[axis]!);
  const ends = axes.map((axis, index) => starts[index]! + shape[axis]!);
  const bounds = [builder.integers(starts), builder.integers(ends), builder.integers(axes)];
  return builder.add('Slice', [x, ...bounds], shape, x.type);
});

lower<tf.StridedSliceAttrs>('StridedSlice', ({ builder, input, attributes }) => {
  const x = input('x');
  const { begin, end, strides, beginMask, endMask, ellipsisMask, newAxisMask, shrinkAxisMask } = attributes;
  const info = tf.slice_util.sliceInfo(
    [...x.shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  const axes = info.begin.map((_, axis) => axis);
  // A negative stride that runs past the first element ends "before the beginning", which ONNX writes as −∞.
  const ends = info.end.map((bound, axis) => (info.strides[axis]! < 0 && bound < 0 ? -(2 ** 31) : bound));
  const bounds = [info.begin, ends, axes, info.strides].map((list) => builder.integers(list));
  const shape = info.begin.map((first, axis) =>
    Math.max(0, Math.ceil((info.end[axis]! - first) / info.strides[axis]!)),
  );
  return reshape(builder, builder.add('Slice', [x, ...bounds], shape, x.type), info.finalShape);
});

lower<tf.PadV2Attrs>('PadV2', ({ builder, input, attributes }) => {
  const x = input('x');
  const { paddings, constantValue } = attributes;
  const filler = builder.scalar(constantValue, x.type as FilledType);
  const pads = [...paddings.map(([before]) => before), ...paddings.map(([, after]) => after)];
  const shape = x.shape.map((side, axis) => side + paddings[axis]![0] + paddings[axis]![1]);
  return builder.add('Pad', [x, builder.integers(pads), filler], shape, x.type);
});

lower<tf.MirrorPadAttrs>('MirrorPad', ({ builder, input, attributes }) => {
  const x = input('x');
  if (attributes.mode !== 'reflect') throw new Error('ONNX has reflect padding, not symmetric');
  const pads = [
    ...attributes.paddings.map(([before]) => before),
    ...attributes.paddings.map(([, after]) => after),
  ];
  const shape = x.shape.map(
    (side, axis) => side + attributes.paddings[axis]![0] + attributes.paddings[axis]![1],
  );
  return builder.add('Pad', [x, builder.integers(pads)], shape, x.type, { mode: 'reflect' });
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
  const axes = tf.util.parseAxisParam(attributes.dims, [...x.shape]);
  if (axes.length === 0) return x;
  const bounds = [axes.map(() => -1), axes.map(() => -(2 ** 31)), axes, axes.map(() => -1)];
  return builder.add('Slice', [x, ...bounds.map((list) => builder.integers(list))], x.shape, x.type);
});

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
  const rest = x.shape.filter((_, index) => index !== axis);
  const slice = x.shape.map((side, index) => (index === axis ? 1 : side));
  return Array.from({ length: x.shape[axis]! }, (_, index) => {
    const bounds = [[index], [index + 1], [axis]].map((list) => builder.integers(list));
    return reshape(builder, builder.add('Slice', [x, ...bounds], slice, x.type), rest);
  });
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
    const bounds = [[start], [start + size], [axis]].map((list) => builder.integers(list));
    start += size;
    const shape = x.shape.map((side, index) => (index === axis ? size : side));
    return builder.add('Slice', [x, ...bounds], shape, x.type);
  });
});

lower<tf.GatherV2Attrs>('GatherV2', ({ builder, input, attributes }) => {
  const [x, indices] = [input('x'), input('indices')];
  if (attributes.batchDims) throw new Error('batchDims has no lowering');
  const axis = tf.util.parseAxisParam(attributes.axis, [...x.shape])[0]!;
  const shape = [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)];
  return builder.add('Gather', [x, indices], shape, x.type, { axis });
});

lower<tf.DepthToSpaceAttrs>('DepthToSpace', ({ builder, input, attributes }) => {
  const x = input('x');
  if (attributes.dataFormat !== 'NHWC') throw new Error(`${attributes.dataFormat} has no lowering: use NHWC`);
  const [batch, height, width, channels] = x.shape as [number, number, number, number];
  const block = attributes.blockSize;
  const depth = channels / block / block;
  const split = reshape(builder, x, [batch, height, width, block, block, depth]);
  const moved = transpose(builder, split, [0, 1, 3, 2, 4, 5]);
  return reshape(builder, moved, [batch, height * block, width * block, depth]);
});

/** What tfjs's helpers need of a tensor when they only look at its shape. */
function shapeOnly({ shape }: Value): tf.TensorInfo {
  return { dataId: {}, shape: [...shape], dtype: 'float32' };
}
