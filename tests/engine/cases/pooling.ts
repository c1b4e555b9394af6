import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { type Cases, distinct, each, type LoweringCase, of } from './case.ts';

const side = fc.integer({ min: 3, max: 8 });
const window = fc.record({
  sides: fc.tuple(side, side, side),
  kernel: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 3 }))),
  stride: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 3 }))),
  pad: fc.constantFrom<'same' | 'valid'>('same', 'valid'),
});
type Triple = [number, number, number];
type Pool2D = typeof tf.maxPool;
type Pool3D = typeof tf.maxPool3d;

/**
 * tfjs's gradient of averages counts the padding, and that of maxima in a volume mixes up height and width: the
 * graph's are tested in gradients.test.ts.
 */
const flatGraded = (pool: Pool2D, pad: 'same' | 'valid'): boolean => pad === 'valid' || pool === tf.maxPool;
const deepGraded = (pool: Pool3D, pad: 'same' | 'valid', kernel: readonly number[]): boolean =>
  pool === tf.maxPool3d ? kernel[1] === kernel[2] : pad === 'valid';

const flat = (pool: Pool2D): LoweringCase[] => [
  ...each(
    window,
    ({ sides: [height, width], kernel: [rows, columns], stride: [down, along], pad }) => ({
      ...of(
        (x) => pool(x as tf.Tensor4D, [rows!, columns!], [down!, along!], pad),
        distinct(2, height, width, 3),
      ),
      gradient: flatGraded(pool, pad),
    }),
    8,
  ),
  of((x) => pool(x as tf.Tensor4D, 2, 2, 'valid'), distinct(1, 6, 8, 3)),
  of((x) => pool(x as tf.Tensor4D, 3, 2, 0, 'floor'), distinct(2, 7, 8, 2)),
  of((x) => pool(x as tf.Tensor4D, [6, 5], 1, 'valid'), distinct(2, 6, 5, 3)),
];
const deep = (pool: Pool3D): LoweringCase[] => [
  ...each(
    window,
    ({ sides, kernel, stride, pad }) => {
      // tfjs shifts windows that step over elements.
      const steps = kernel.map((side, axis) =>
        pad === 'same' ? Math.min(side, stride[axis]!) : stride[axis]!,
      );
      return {
        ...of(
          (x) => pool(x as tf.Tensor5D, kernel as Triple, steps as Triple, pad),
          distinct(1, ...sides, 2),
        ),
        gradient: deepGraded(pool, pad, kernel),
      };
    },
    3,
  ),
  of((x) => pool(x as tf.Tensor5D, 2, 2, 'valid'), distinct(2, 4, 6, 5, 2)),
];

export const POOLING: Cases = {
  AvgPool: flat(tf.avgPool),
  AvgPool3D: deep(tf.avgPool3d),
  AvgPool3DGrad: deep(tf.avgPool3d).slice(-1),
  AvgPoolGrad: flat(tf.avgPool).slice(-1),
  MaxPool: flat(tf.maxPool),
  MaxPool3D: deep(tf.maxPool3d),
  MaxPool3DGrad: deep(tf.maxPool3d).slice(-1),
  MaxPoolGrad: [
    ...flat(tf.maxPool).slice(-1),
    // Of equal values the first one is the maximum.
    of((x) => tf.maxPool(x as tf.Tensor4D, 3, 2, 'same'), { shape: [1, 5, 5, 2], values: Array(50).fill(1) }),
  ],
};
