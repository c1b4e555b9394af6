import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder, Value } from '../graph.ts';
import { FLOATS, lower, requireType, reshape, transpose } from './lowering.ts';
import { tapsOf } from './taps.ts';
import {
  axes2D,
  channelsFirst,
  channelsLast,
  transposedWindowAttributes,
  type WindowAxis,
  windowAttributes,
} from './window.ts';

// One group of channels for each input channel; filters are [H, W, C, multiplier].

lower<tf.DepthwiseConv2dNativeAttrs>('DepthwiseConv2dNative', ({ builder, input, attributes }) => {
  const [x, filter] = [input('x'), input('filter')];
  requireType(FLOATS, x, filter);
  if (attributes.dataFormat !== 'NHWC') throw new Error(`${attributes.dataFormat} has no lowering: use NHWC`);
  const axes = geometry(x.shape, filter.shape, attributes);
  const kernel = channelKernels(builder, filter);
  const out = builder.add(
    'Conv',
    [transpose(builder, x, channelsFirst(2)), kernel],
    [x.shape[0]!, kernel.shape[0]!, ...axes.map(({ places }) => places)],
    x.type,
    { ...windowAttributes(axes), group: filter.shape[2]! },
  );
  return transpose(builder, out, channelsLast(2));
});

lower<tf.DepthwiseConv2dNativeBackpropInputAttrs>(
  'DepthwiseConv2dNativeBackpropInput',
  ({ builder, input, attributes }) => {
    const [dy, filter] = [input('dy'), input('filter')];
    requireType(FLOATS, dy, filter);
    const axes = geometry(attributes.inputShape, filter.shape, attributes);
    const channels = filter.shape[2]!;
    const kernel = channelKernels(builder, filter);
    const out = builder.add(
      'ConvTranspose',
      [transpose(builder, dy, channelsFirst(2)), kernel],
      [dy.shape[0]!, channels, ...axes.map(({ side }) => side)],
      dy.type,
      { ...transposedWindowAttributes(axes), group: channels },
    );
    return transpose(builder, out, channelsLast(2));
  },
);

// dW[ky, kx, c, m] = Σ x[n, y·s + ky·d, x·s + kx·d, c] · dy[n, y, x, c, m]: for each tap of the filter a product
// of two pictures, summed.
lower<tf.DepthwiseConv2dNativeBackpropFilterAttrs>(
  'DepthwiseConv2dNativeBackpropFilter',
  ({ builder, input, attributes }) => {
    const [x, dy] = [input('x'), input('dy')];
    requireType(FLOATS, x, dy);
    const axes = geometry(x.shape, attributes.filterShape, attributes);
    const [, , channels, multiplier] = attributes.filterShape;
    const places = [x.shape[0]!, ...axes.map((axis) => axis.places)];
    const gradient = reshape(builder, dy, [...places, channels, multiplier]);
    const sums = tapsOf(builder, x, axes).map((seen) => {
      const factor = reshape(builder, seen, [...places, channels, 1]);
      const product = builder.add('Mul', [factor, gradient], gradient.shape, x.type);
      const over = builder.integers([0, 1, 2]);
      const sum = builder.add('ReduceSum', [product, over], [channels, multiplier], x.type, { keepdims: 0 });
      return reshape(builder, sum, [1, channels, multiplier]);
    });
    const joined = builder.add('Concat', sums, [sums.length, channels, multiplier], x.type, { axis: 0 });
    return reshape(builder, joined, attributes.filterShape);
  },
);

/** [H, W, C, multiplier] → [C · multiplier, 1, H, W]. */
function channelKernels(builder: GraphBuilder, filter: Value): Value {
  const [height, width, channels, multiplier] = filter.shape as [number, number, number, number];
  return reshape(builder, transpose(builder, filter, [2, 3, 0, 1]), [
    channels * multiplier,
    1,
    height,
    width,
  ]);
}

function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes:
    | tf.DepthwiseConv2dNativeBackpropInputAttrs
    | tf.DepthwiseConv2dNativeAttrs
    | tf.DepthwiseConv2dNativeBackpropFilterAttrs,
): readonly WindowAxis[] {
  const { strides, dilations, pad, dimRoundingMode } = attributes;
  return axes2D(
    tf.backend_util.computeConv2DInfo(
      inputShape as [number, number, number, number],
      filterShape as [number, number, number, number],
      strides,
      dilations ?? 1,
      pad,
      dimRoundingMode,
      true,
    ),
  );
}
