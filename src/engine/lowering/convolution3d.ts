import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../graph.ts';
import { FLOATS, lower, requireType, reshape, transpose } from './lowering.ts';
import { tapsOf } from './taps.ts';
import {
  axes3D,
  channelsFirst,
  channelsLast,
  transposedWindowAttributes,
  type WindowAxis,
  windowAttributes,
} from './window.ts';

/** [D, H, W, in, out] → [out, in, D, H, W]. */
const KERNEL_FIRST = [4, 3, 0, 1, 2];

lower<tf.Conv3DAttrs>('Conv3D', ({ builder, input, attributes }) => {
  const [x, filter] = [input('x'), input('filter')];
  requireType(FLOATS, x, filter);
  if (attributes.dataFormat !== 'NDHWC')
    throw new Error(`${attributes.dataFormat} has no lowering: use NDHWC`);
  const axes = geometry(x.shape, filter.shape, attributes);
  const out = builder.add(
    'Conv',
    [transpose(builder, x, channelsFirst(3)), transpose(builder, filter, KERNEL_FIRST)],
    [x.shape[0]!, filter.shape[4]!, ...axes.map(({ places }) => places)],
    x.type,
    windowAttributes(axes),
  );
  return transpose(builder, out, channelsLast(3));
});

lower<Dilated<tf.Conv3DBackpropInputV2Attrs>>('Conv3DBackpropInputV2', ({ builder, input, attributes }) => {
  const [dy, filter] = [input('dy'), input('filter')];
  requireType(FLOATS, dy, filter);
  const axes = geometry(attributes.inputShape, filter.shape, attributes);
  const out = builder.add(
    'ConvTranspose',
    [transpose(builder, dy, channelsFirst(3)), transpose(builder, filter, KERNEL_FIRST)],
    [dy.shape[0]!, filter.shape[3]!, ...axes.map(({ side }) => side)],
    dy.type,
    transposedWindowAttributes(axes),
  );
  return transpose(builder, out, channelsLast(3));
});

// As in two dimensions: one matrix product over the unfolded windows.
lower<Dilated<tf.Conv3DBackpropFilterV2Attrs>>('Conv3DBackpropFilterV2', ({ builder, input, attributes }) => {
  const [x, dy] = [input('x'), input('dy')];
  requireType(FLOATS, x, dy);
  const { filterShape } = attributes;
  const taps = tapsOf(builder, x, geometry(x.shape, filterShape, attributes));
  const [inputs, outputs] = filterShape.slice(3) as [number, number];
  const columns = taps.length * inputs;
  const unfolded = builder.add('Concat', taps, dy.shape.with(-1, columns), x.type, { axis: 4 });
  const places = sizeOf(dy.shape.slice(0, -1));
  const product = builder.add(
    'Gemm',
    [reshape(builder, unfolded, [places, columns]), reshape(builder, dy, [places, outputs])],
    [columns, outputs],
    x.type,
    { transA: 1 },
  );
  return reshape(builder, product, filterShape);
});

/** tfjs's own gradient of Conv3D has no dilations; the engine's passes them on. */
type Dilated<Attributes> = Attributes & { readonly dilations?: tf.Conv3DAttrs['dilations'] };

function geometry(
  inputShape: readonly number[],
  filterShape: readonly number[],
  { strides, pad, dilations }: Dilated<Pick<tf.Conv3DAttrs, 'strides' | 'pad'>>,
): readonly WindowAxis[] {
  type Shape5D = [number, number, number, number, number];
  return axes3D(
    tf.backend_util.computeConv3DInfo(
      inputShape as Shape5D,
      filterShape as Shape5D,
      strides,
      dilations ?? 1,
      pad,
    ),
  );
}
