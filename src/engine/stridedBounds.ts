import * as tf from '@tensorflow/tfjs';

export type StridedSliceAttributes = Omit<tf.StridedSliceAttrs, 'strides'> & { readonly strides: number[] };

export interface StridedBounds {
  /** For every axis the first element, one beyond the last (in the direction of the stride), and the stride. */
  readonly begin: readonly number[];
  readonly end: readonly number[];
  readonly strides: readonly number[];
  /** Elements along each axis. */
  readonly sizes: readonly number[];
  /** The shape of the result, with axes dropped and inserted. */
  readonly finalShape: readonly number[];
}

/** What a strided slice takes from a shape once its masks are applied. */
export function stridedBounds(
  shape: readonly number[],
  {
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  }: StridedSliceAttributes,
): StridedBounds {
  const info = tf.slice_util.sliceInfo(
    [...shape],
    begin,
    end,
    strides,
    beginMask,
    endMask,
    ellipsisMask,
    newAxisMask,
    shrinkAxisMask,
  );
  const sizes = info.begin.map((first, axis) =>
    Math.max(0, Math.ceil((info.end[axis]! - first) / info.strides[axis]!)),
  );
  return { begin: info.begin, end: info.end, strides: info.strides, sizes, finalShape: info.finalShape };
}
