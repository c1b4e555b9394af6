import * as tf from '@tensorflow/tfjs';
import { type GraphBuilder, sizeOf, type Value } from '../graph.ts';
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

// dW[ky, kx, ci, co] = Σ x[n, ci, y·s + ky·d, x·s + kx·d] · dy[n, co, y, x] as one matrix product over all places
// of the batch. Copying x once for each tap would cost more than the product itself; with stride 1 it is enough
// to shift x along its rows and dy along its columns, kw + kh copies instead of kw · kh. Against one copy for
// each tap in either layout that took half the time on 36×64×32 and was never slower (2 cores, Zen 4).
lower<tf.Conv2DBackpropFilterAttrs>('Conv2DBackpropFilter', ({ builder, input, attributes }) => {
  const [x, dy] = [input('x'), input('dy')];
  requireType(FLOATS, x, dy);
  const info = geometry(x.shape, attributes.filterShape, attributes);
  const { filterHeight, filterWidth, inHeight, outHeight, outWidth, inChannels, outChannels } = info;
  const { strideHeight, strideWidth, dilationHeight, dilationWidth } = info;
  const { top, left, bottom, right } = info.padInfo;
  const channelsOutside = [1, 0, 2, 3];
  const windows = transpose(builder, transpose(builder, x, TO_CHANNELS_FIRST), channelsOutside);
  const gradient = transpose(builder, transpose(builder, dy, TO_CHANNELS_FIRST), channelsOutside);
  const taps = (count: number, dilation: number): number[] =>
    Array.from({ length: count }, (_, tap) => tap * dilation);
  const columns = taps(filterWidth, dilationWidth).map((start) => ({
    axis: 3,
    start,
    length: outWidth,
    step: strideWidth,
  }));
  const sameRows = strideHeight === 1;
  const above = (filterHeight - 1) * dilationHeight - top;
  const below = (filterHeight - 1) * dilationHeight - bottom;
  const [left_, right_] = sameRows
    ? [
        unfold(
          padded(windows, [0, left], [0, right]),
          columns.map((column) => [column]),
        ),
        unfold(
          padded(gradient, [Math.max(0, above), 0], [Math.max(0, below), 0]),
          taps(filterHeight, dilationHeight).map((shift) => [
            { axis: 2, start: top + Math.max(0, above) - shift, length: inHeight, step: 1 },
          ]),
        ),
      ]
    : [
        unfold(
          padded(windows, [top, left], [bottom, right]),
          taps(filterHeight, dilationHeight).flatMap((start) =>
            columns.map((column) => [{ axis: 2, start, length: outHeight, step: strideHeight }, column]),
          ),
        ),
        unfold(gradient, [[]]),
      ];
  const product = builder.add('Gemm', [left_, right_], [left_.shape[0]!, right_.shape[0]!], x.type, {
    transB: 1,
  });
  // Rows are (tap, ci); columns (ky, co), or co alone.
  if (!sameRows) return reshape(builder, product, info.filterShape);
  const apart = reshape(builder, product, [filterWidth, inChannels, filterHeight, outChannels]);
  return transpose(builder, apart, [2, 0, 1, 3]);

  /** Zeros around the two innermost axes. */
  function padded(values: Value, before: readonly number[], after: readonly number[]): Value {
    if ([...before, ...after].every((count) => count === 0)) return values;
    const shape = values.shape.map((side, axis) => side + (before[axis - 2] ?? 0) + (after[axis - 2] ?? 0));
    const pads = builder.integers([0, 0, ...before, 0, 0, ...after]);
    return builder.add('Pad', [values, pads, builder.scalar(0)], shape, values.type);
  }

  /** Parts of [C, N, H, W] as the rows of a matrix, C rows for each part. */
  function unfold(
    values: Value,
    parts: readonly (readonly { axis: number; start: number; length: number; step: number }[])[],
  ): Value {
    const slices = parts.map((cuts) => {
      const real = cuts.filter(({ axis, length }) => length !== values.shape[axis]);
      if (real.length === 0) return values;
      const shape = real.reduce((sides, { axis, length }) => sides.with(axis, length), [...values.shape]);
      const bounds = [
        real.map(({ start }) => start),
        real.map(({ start, length, step }) => start + (length - 1) * step + 1),
        real.map(({ axis }) => axis),
        real.map(({ step }) => step),
      ].map((list) => builder.integers(list));
      return builder.add('Slice', [values, ...bounds], shape, values.type);
    });
    const [first] = slices as [Value];
    const [channels, ...rest] = first.shape as [number, ...number[]];
    const rows = channels * slices.length;
    const joined =
      slices.length === 1 ? first : builder.add('Concat', slices, [rows, ...rest], values.type, { axis: 0 });
    return reshape(builder, joined, [rows, sizeOf(rest)]);
  }
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
