import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder, Value } from '../graph.ts';
import { type AxisMap, mapAxis, transposed } from './axisMap.ts';
import { FLOATS, lower, requireType, transpose } from './lowering.ts';
import { channelsFirst, channelsLast } from './window.ts';

interface Alignment {
  /** The centres of the corner pixels stay where they are. */
  readonly alignCorners: boolean;
  /** Pixels are squares with their centre at ½, not points. */
  readonly halfPixelCenters: boolean;
}

lower<tf.ResizeNearestNeighborAttrs>('ResizeNearestNeighbor', ({ builder, input, attributes }) => {
  const x = transpose(builder, input('images'), channelsFirst(2));
  const resized = attributes.size.reduce((picture, length, index) => {
    const axis = index + 2;
    const list = nearest(picture.shape[axis]!, length, attributes);
    const indices = builder.constant(Int32Array.from(list), [length], 'int32');
    return builder.add('Gather', [picture, indices], picture.shape.with(axis, length), picture.type, {
      axis,
    });
  }, x);
  return transpose(builder, resized, channelsLast(2));
});

lower<Alignment>('ResizeNearestNeighborGrad', ({ builder, input, attributes }) =>
  resizeGradient(builder, input('dy'), input('images'), (side, length) =>
    nearest(side, length, attributes).map((source) => unitRow(side, [[source, 1]])),
  ),
);

lower<tf.ResizeBilinearAttrs>('ResizeBilinear', ({ builder, input, attributes }) => {
  const images = input('images');
  requireType(FLOATS, images);
  const x = transpose(builder, images, channelsFirst(2));
  const resized = attributes.size.reduce(
    (picture, length, index) =>
      mapAxis(builder, picture, index + 2, linear(picture.shape[index + 2]!, length, attributes)),
    x,
  );
  return transpose(builder, resized, channelsLast(2));
});

lower<Alignment>('ResizeBilinearGrad', ({ builder, input, attributes }) =>
  resizeGradient(builder, input('dy'), input('images'), (side, length) => linear(side, length, attributes)),
);

/** Gradients of the pixels go back, by the same weights, to what the pixels were mixed from. */
function resizeGradient(
  builder: GraphBuilder,
  dy: Value,
  images: Value,
  mapOf: (side: number, length: number) => AxisMap,
): Value {
  requireType(FLOATS, dy, images);
  const gradient = [1, 2].reduce(
    (x, axis) => mapAxis(builder, x, axis + 1, transposed(mapOf(images.shape[axis]!, dy.shape[axis]!))),
    transpose(builder, dy, channelsFirst(2)),
  );
  return transpose(builder, gradient, channelsLast(2));
}

/** How many elements of a side one of the new ones steps over. */
function scaleOf(side: number, length: number, { alignCorners }: Alignment): number {
  return alignCorners && length > 1 ? (side - 1) / (length - 1) : side / length;
}

/** For each new element the old one that it is a copy of. */
function nearest(side: number, length: number, alignment: Alignment): number[] {
  const scale = scaleOf(side, length, alignment);
  return Array.from({ length }, (_, index) => {
    const place = scale * (alignment.halfPixelCenters ? index + 0.5 : index);
    return Math.min(side - 1, alignment.alignCorners ? Math.round(place) : Math.floor(place));
  });
}

/** For each new element the weights of the two old ones it lies between; at the edges they are one. */
function linear(side: number, length: number, alignment: Alignment): AxisMap {
  const scale = scaleOf(side, length, alignment);
  return Array.from({ length }, (_, index) => {
    const place = alignment.halfPixelCenters ? scale * (index + 0.5) - 0.5 : scale * index;
    const low = Math.max(0, Math.floor(place));
    const fraction = place - low;
    return unitRow(side, [
      [Math.min(side - 1, low), 1 - fraction],
      [Math.min(side - 1, Math.ceil(place)), fraction],
    ]);
  });
}

function unitRow(side: number, weights: readonly (readonly [number, number])[]): number[] {
  const row = new Array<number>(side).fill(0);
  for (const [index, weight] of weights) row[index]! += weight;
  return row;
}
