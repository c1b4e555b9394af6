import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { type Cases, each, type LoweringCase, of, on, reals, VALUE } from './case.ts';

const side = fc.integer({ min: 1, max: 7 });
const sizes = fc.record({ from: fc.tuple(side, side), to: fc.tuple(side, side) });
type Resize = typeof tf.image.resizeBilinear;

// tfjs's gradients are wrong for a second picture, for sides that differ and for half pixels, and loop for ever
// over a side of one with aligned corners: the graph's are tested in gradients.test.ts.
const resizes = (resize: Resize): LoweringCase[] => [
  ...each(sizes, ({ from, to }) => on([2, ...from, 3], (x) => resize(x as tf.Tensor4D, to), VALUE)),
  ...each(sizes, ({ from, to }) => on([1, ...from, 2], (x) => resize(x as tf.Tensor4D, to, true), VALUE)),
  ...each(sizes, ({ from, to }) =>
    on([1, ...from, 2], (x) => resize(x as tf.Tensor4D, to, false, true), VALUE),
  ),
  ...each(sizes, ({ from: [from], to: [to] }) =>
    of((x) => resize(x as tf.Tensor4D, [to, to]), reals(1, from, from, 3)),
  ),
  of((x) => resize(x as tf.Tensor4D, [8, 8], true), reals(1, 3, 3, 2)),
  of((x) => resize(x as tf.Tensor4D, [3, 3], true), reals(1, 7, 7, 2)),
];

export const RESIZE: Cases = {
  ResizeBilinear: resizes(tf.image.resizeBilinear),
  ResizeBilinearGrad: resizes(tf.image.resizeBilinear).slice(-1),
  ResizeNearestNeighbor: resizes(tf.image.resizeNearestNeighbor),
  ResizeNearestNeighborGrad: resizes(tf.image.resizeNearestNeighbor).slice(-1),
};
