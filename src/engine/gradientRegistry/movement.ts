import * as tf from '@tensorflow/tfjs';
import { mirroredIndices } from '../mirror.ts';
import { type StridedSliceAttributes, stridedBounds } from '../stridedBounds.ts';

// tfjs cannot join the gradients where there is only one.
tf.registerGradient({
  kernelName: 'Unpack',
  gradFunc(dy, _, attributes) {
    const { axis } = attributes as unknown as tf.UnpackAttrs;
    return { value: () => tf.stack([dy].flat(), axis) };
  },
});

// What the mirror shows counts too: tfjs only crops.
tf.registerGradient({
  kernelName: 'MirrorPad',
  inputsToSave: ['x'],
  gradFunc(dy, saved, attributes) {
    const { paddings, mode } = attributes as unknown as tf.MirrorPadAttrs;
    const { shape } = saved[0]!;
    return {
      x: () =>
        paddings.reduce((gradient, [before, after], axis) => {
          if (before + after === 0) return gradient;
          const sources = mirroredIndices(shape[axis]!, before, after, mode);
          // Exchanges the axis with the first one, and back.
          const order = shape.map((_, index) => (index === 0 ? axis : index === axis ? 0 : index));
          const ids = tf.tensor1d(sources, 'int32');
          return tf.unsortedSegmentSum(gradient.transpose(order), ids, shape[axis]!).transpose(order);
        }, dy as tf.Tensor),
    };
  },
});

tf.registerGradient({
  kernelName: 'StridedSlice',
  inputsToSave: ['x'],
  gradFunc(dy, saved, attributes) {
    const { shape } = saved[0]!;
    const { begin, strides, sizes } = stridedBounds(shape, attributes as unknown as StridedSliceAttributes);
    return {
      x: () =>
        shape.reduce(
          (gradient, side, axis) => spread(gradient, axis, side, begin[axis]!, strides[axis]!),
          (dy as tf.Tensor).reshape([...sizes]),
        ),
    };
  },
});

/** Puts the elements of an axis at `begin`, `begin + stride`… of a longer one, with zeros between them. */
function spread(x: tf.Tensor, axis: number, side: number, begin: number, stride: number): tf.Tensor {
  const count = x.shape[axis]!;
  if (count === 0) return tf.zeros(x.shape.with(axis, side));
  if (stride < 0) return spread(tf.reverse(x, axis), axis, side, begin + (count - 1) * stride, -stride);
  const outer = tf.util.sizeFromShape(x.shape.slice(0, axis));
  const inner = tf.util.sizeFromShape(x.shape.slice(axis + 1));
  const reach = (count - 1) * stride + 1;
  const gaps = tf
    .pad(x.reshape([outer, count, 1, inner]), [
      [0, 0],
      [0, 0],
      [0, stride - 1],
      [0, 0],
    ])
    .reshape([outer, count * stride, inner])
    .slice([0, 0, 0], [outer, reach, inner]);
  return tf
    .pad(gaps, [
      [0, 0],
      [begin, side - begin - reach],
      [0, 0],
    ])
    .reshape(x.shape.with(axis, side));
}

tf.registerGradient({
  kernelName: 'DepthToSpace',
  gradFunc(dy, _, attributes) {
    const { blockSize: block, dataFormat } = attributes as unknown as tf.DepthToSpaceAttrs;
    const pictures = dy as tf.Tensor4D;
    return {
      x: () => (dataFormat === 'NHWC' ? spaceToDepth(pictures, block) : channelsFirst(pictures, block)),
    };
  },
});

function spaceToDepth(x: tf.Tensor4D, block: number): tf.Tensor {
  const [batch, height, width, depth] = x.shape;
  return x
    .reshape([batch, height / block, block, width / block, block, depth])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([batch, height / block, width / block, block * block * depth]);
}

function channelsFirst(x: tf.Tensor4D, block: number): tf.Tensor {
  const [batch, depth, height, width] = x.shape;
  return x
    .reshape([batch, depth, height / block, block, width / block, block])
    .transpose([0, 3, 5, 1, 2, 4])
    .reshape([batch, block * block * depth, height / block, width / block]);
}
