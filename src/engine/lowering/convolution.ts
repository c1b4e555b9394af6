import * as tf from '@tensorflow/tfjs';
import { slice } from '../cuts.ts';
import type { GraphBuilder, Value } from '../graph.ts';
import { FLOATS, lower, requireType, transpose } from './lowering.ts';

const TO_CHANNELS_FIRST = [0, 3, 1, 2];
const TO_CHANNELS_LAST = [0, 2, 3, 1];

lower<tf.Conv2DAttrs>('Conv2D', ({ builder, input, attributes }) => {
  const [x, filter] = [input('x'), input('filter')];
  requireType(FLOATS, x, filter);
  const info = geometry(x.shape, filter.shape, attributes);
  const out = builder.add(
    'Conv',
    [transpose(builder, x, TO_CHANNELS_FIRST), transpose(builder, filter, [3, 2, 0, 1])],
    [info.batchSize, info.outChannels, info.outHeight, info.outWidth],
    x.type,
    {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      pads: [info.padInfo.top, info.padInfo.left, info.padInfo.bottom, info.padInfo.right],
    },
  );
  return transpose(builder, out, TO_CHANNELS_LAST);
});

lower<tf.Conv2DBackpropInputAttrs>('Conv2DBackpropInput', ({ builder, input, attributes }) => {
  const [dy, filter] = [input('dy'), input('filter')];
  requireType(FLOATS, dy, filter);
  const info = geometry(attributes.inputShape, filter.shape, attributes);
  const shape = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  const gradient = transpose(builder, dy, TO_CHANNELS_FIRST);
  const { top, bottom, left, right } = info.padInfo;
  const reachY = (info.filterHeight - 1) * info.dilationHeight;
  const reachX = (info.filterWidth - 1) * info.dilationWidth;
  // Padding that reaches beyond the window would come out negative below.
  const inside = Math.max(top, bottom) <= reachY && Math.max(left, right) <= reachX;
  if (info.strideHeight === 1 && info.strideWidth === 1 && inside) {
    // With stride 1 the gradient is itself a convolution, with the filter turned by 180 degrees: faster than
    // ConvTranspose, which scatters its products.
    const turned = transpose(builder, flip(builder, filter), [2, 3, 0, 1]);
    const out = builder.add('Conv', [gradient, turned], shape, dy.type, {
      kernel_shape: [info.filterHeight, info.filterWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      pads: [
        reachY - top,
        reachX - left,
        info.inHeight - info.outHeight + top,
        info.inWidth - info.outWidth + left,
      ],
    });
    return transpose(builder, out, TO_CHANNELS_LAST);
  }
  const covered = (out: number, stride: number, reach: number): number => (out - 1) * stride + reach + 1;
  const endY = covered(info.outHeight, info.strideHeight, reachY) - top - info.inHeight;
  const endX = covered(info.outWidth, info.strideWidth, reachX) - left - info.inWidth;
  const out = builder.add(
    'ConvTranspose',
    [gradient, transpose(builder, filter, [3, 2, 0, 1])],
    shape,
    dy.type,
    {
      kernel_shape: [info.filterHeight, info.filterWidth],
      strides: [info.strideHeight, info.strideWidth],
      dilations: [info.dilationHeight, info.dilationWidth],
      // Rows that no window reached get no gradient: `output_padding` appends them.
      pads: [top, left, Math.max(0, endY), Math.max(0, endX)],
      output_padding: [Math.max(0, -endY), Math.max(0, -endX)],
    },
  );
  return transpose(builder, out, TO_CHANNELS_LAST);
});

// dW[ky, kx, ci, co] = Σ x[n, ci, y·s + ky·d, x·s + kx·d] · dy[n, co, y, x] is itself a convolution, of pictures that
// are the channels with channels that are the pictures, by filters that are the gradients; stride and dilation
// change places. Passes choose what to compute it by.
lower<tf.Conv2DBackpropFilterAttrs>('Conv2DBackpropFilter', ({ builder, input, attributes }) => {
  const [x, dy] = [input('x'), input('dy')];
  requireType(FLOATS, x, dy);
  const info = geometry(x.shape, attributes.filterShape, attributes);
  const channelsOutside = [1, 0, 2, 3];
  const pictures = transpose(builder, transpose(builder, x, TO_CHANNELS_FIRST), channelsOutside);
  const filters = transpose(builder, transpose(builder, dy, TO_CHANNELS_FIRST), channelsOutside);
  const { filterHeight, filterWidth, outHeight, outWidth, inHeight, inWidth } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { top, left } = info.padInfo;
  const ends = [
    (filterHeight - 1) * dilationHeight + (outHeight - 1) * strideHeight + 1 - top,
    (filterWidth - 1) * dilationWidth + (outWidth - 1) * strideWidth + 1 - left,
  ] as const;
  // Rows that no window reached would make it larger than the filter.
  const reached = [Math.min(ends[0], inHeight), Math.min(ends[1], inWidth)];
  const out = builder.add(
    'Conv',
    [slice(builder, pictures, [2, 3], [0, 0], reached), filters],
    [info.inChannels, info.outChannels, filterHeight, filterWidth],
    x.type,
    {
      kernel_shape: [outHeight, outWidth],
      strides: [dilationHeight, dilationWidth],
      dilations: [strideHeight, strideWidth],
      pads: [top, left, Math.max(0, ends[0] - inHeight), Math.max(0, ends[1] - inWidth)],
    },
  );
  return transpose(builder, out, [2, 3, 0, 1]);
});

function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  attributes: {
    strides: [number, number] | number;
    pad: 'valid' | 'same' | number | tf.backend_util.ExplicitPadding;
    dataFormat: 'NHWC' | 'NCHW';
    dilations?: [number, number] | number;
    dimRoundingMode?: 'floor' | 'round' | 'ceil';
  },
): tf.backend_util.Conv2DInfo {
  if (attributes.dataFormat !== 'NHWC') throw new Error(`${attributes.dataFormat} has no lowering: use NHWC`);
  const info = tf.backend_util.computeConv2DInfo(
    inputShape as [number, number, number, number],
    filterShape as [number, number, number, number],
    attributes.strides,
    attributes.dilations ?? 1,
    attributes.pad,
    attributes.dimRoundingMode,
  );
  // ONNX rounds the output's size down and takes both sides of the filter; tfjs rounds as it is told, and where
  // the padding is a number it only looks at the filter's height.
  const fits = (side: number, before: number, after: number, reach: number, stride: number): number =>
    Math.floor((side + before + after - reach - 1) / stride) + 1;
  const { top, bottom, left, right } = info.padInfo;
  const height = fits(
    info.inHeight,
    top,
    bottom,
    (info.filterHeight - 1) * info.dilationHeight,
    info.strideHeight,
  );
  const width = fits(
    info.inWidth,
    left,
    right,
    (info.filterWidth - 1) * info.dilationWidth,
    info.strideWidth,
  );
  if (height === info.outHeight && width === info.outWidth) return info;
  throw new Error(
    `tfjs makes it ${info.outHeight}×${info.outWidth}, ONNX ${height}×${width}: pad it yourself`,
  );
}

function flip(builder: GraphBuilder, filter: Value): Value {
  const bounds = [
    [-1, -1],
    [-(2 ** 31), -(2 ** 31)],
    [0, 1],
    [-1, -1],
  ];
  return builder.add(
    'Slice',
    [filter, ...bounds.map((list) => builder.integers(list))],
    filter.shape,
    filter.type,
  );
}
