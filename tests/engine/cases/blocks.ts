import * as tf from '@tensorflow/tfjs';
import { type Cases, INT, on } from './case.ts';

export const BLOCKS: Cases = {
  BatchToSpaceND: [
    on([8, 3, 2, 3], (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    ),
    on([6, 4], (x) => tf.batchToSpaceND(x, [3], [[2, 1]])),
    on([4, 2, 2, 2, 2], (x) =>
      tf.batchToSpaceND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ),
  ],
  DepthToSpace: [
    on([2, 3, 5, 8], (x) => tf.depthToSpace(x as tf.Tensor4D, 2)),
    on([1, 2, 1, 18], (x) => tf.depthToSpace(x as tf.Tensor4D, 3)),
  ],
  SpaceToBatchND: [
    on([2, 5, 3, 3], (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [1, 0],
          [0, 1],
        ],
      ),
    ),
    on([2, 4], (x) => tf.spaceToBatchND(x, [3], [[1, 1]])),
    on([1, 4, 2, 2, 3], (x) =>
      tf.spaceToBatchND(
        x,
        [2, 2],
        [
          [0, 0],
          [0, 0],
        ],
      ),
    ),
    on([2, 4], (x) => tf.spaceToBatchND(x, [2], [[2, 0]]), INT),
  ],
};
