import * as tf from '@tensorflow/tfjs';
import type { GraphBuilder, Value } from '../graph.ts';
import { FLOATS, lower, requireType, reshape, transpose } from './lowering.ts';

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

// dW[ky, kx, ci, co] = Σ x[n, y·s + ky·d, x·s + kx·d, ci] · dy[n, y, x, co]: one matrix product over the
// unfolded windows, which comes out in the filter's own layout.
lower<tf.Conv2DBackpropFilterAttrs>('Conv2DBackpropFilter', ({ builder, input, attributes }) => {
  const [x, dy] = [input('x'), input('dy')];
  requireType(FLOATS, x, dy);
  const info = geometry(x.shape, attributes.filterShape, attributes);
  const { top, left, bottom, right } = info.padInfo;
  const padded =
    top + left + bottom + right === 0
      ? x
      : builder.add(
          'Pad',
          [x, builder.integers([0, top, left, 0, 0, bottom, right, 0]), builder.scalar(0)],
          [info.batchSize, info.inHeight + top + bottom, info.inWidth + left + right, info.inChannels],
          x.type,
        );
  const window = [info.batchSize, info.outHeight, info.outWidth, info.inChannels];
  const taps: Value[] = [];
  for (let ky = 0; ky < info.filterHeight; ky += 1) {
    for (let kx = 0; kx < info.filterWidth; kx += 1) {
      const [y0, x0] = [ky * info.dilationHeight, kx * info.dilationWidth];
      const ends = [
        y0 + (info.outHeight - 1) * info.strideHeight + 1,
        x0 + (info.outWidth - 1) * info.strideWidth + 1,
      ];
      const bounds = [[y0, x0], ends, [1, 2], [info.strideHeight, info.strideWidth]];
      taps.push(
        builder.add('Slice', [padded, ...bounds.map((list) => builder.integers(list))], window, x.type),
      );
    }
  }
  const columns = taps.length * info.inChannels;
  const unfolded =
    taps.length === 1
      ? taps[0]!
      : builder.add('Concat', taps, [...window.slice(0, 3), columns], x.type, { axis: 3 });
  const places = info.batchSize * info.outHeight * info.outWidth;
  const product = builder.add(
    'Gemm',
    [reshape(builder, unfolded, [places, columns]), reshape(builder, dy, [places, info.outChannels])],
    [columns, info.outChannels],
    x.type,
    { transA: 1 },
  );
  return reshape(builder, product, info.filterShape);
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
