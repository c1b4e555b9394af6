import * as tf from '@tensorflow/tfjs';
import {
  below,
  type Cases,
  distinct,
  each,
  forward,
  integers,
  of,
  reals,
  values,
  whole,
  withAxis,
} from './case.ts';

const list = (x: tf.Tensor | undefined): tf.Tensor1D => x as tf.Tensor1D;
const places = (...rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

export const INDEXING: Cases = {
  Bincount: [
    forward((x) => tf.bincount(list(x), list(tf.tensor1d([])), 6), below(8, 20)),
    forward((x, weights) => tf.bincount(list(x), list(weights), 5), below(5, 20), reals(20)),
  ],
  DenseBincount: [
    forward((x) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 6), below(6, 3, 9)),
    forward(
      (x, weights) => tf.denseBincount(x as tf.Tensor2D, weights as tf.Tensor2D, 6),
      below(6, 3, 9),
      reals(3, 9),
    ),
    forward((x) => tf.denseBincount(x as tf.Tensor2D, tf.tensor2d([], [0, 0]), 6, true), below(6, 3, 9)),
  ],
  GatherNd: [
    of((x, at) => tf.gatherND(x!, at!), reals(4, 3, 2), below(3, 5, 2)),
    of((x, at) => tf.gatherND(x!, at!), reals(5), below(5, 3, 2, 1)),
    of((x, at) => tf.gatherND(x!, at!), reals(3, 3, 2), below(2, 2, 3)),
    forward((x, at) => tf.gatherND(x!, at!), whole(3, 4), below(3, 2, 1)),
  ],
  GatherV2: [
    ...each(withAxis(), ({ sides, axis }) =>
      of((x, at) => tf.gather(x!, at!, axis), reals(...sides), below(sides.at(axis)!, 3)),
    ),
    of((x, at) => tf.gather(x!, at!, 1), reals(2, 5, 3), below(5, 2, 3)),
    of((x, at) => tf.gather(x!, at!, 1, 1), reals(2, 5, 3), below(5, 2, 4)),
    forward((x, at) => tf.gather(x!, at!, 2, 1), reals(2, 4, 5, 3), below(5, 2, 3)),
    forward((x, at) => tf.gather(x!, at!, 2, 2), reals(2, 3, 5), below(5, 2, 3, 2)),
    forward((x, at) => tf.gather(x!, at!), whole(5, 2), integers(1, 1, 4)),
  ],
  ScatterNd: [
    of((at, x) => tf.scatterND(at!, x!, [4, 3, 2]), below(3, 5, 2), reals(5, 2)),
    of((at, x) => tf.scatterND(at!, x!, [9]), below(9, 20, 1), reals(20)),
    of((at, x) => tf.scatterND(at!, x!, [3, 3]), below(3, 2, 2, 2), reals(2, 2)),
    forward((at, x) => tf.scatterND(at!, x!, [4, 2]), below(4, 6, 1), whole(6, 2)),
  ],
  SearchSorted: (['left', 'right'] as const).map((side) =>
    forward(
      (x) =>
        tf.searchSorted(
          tf.tensor2d(
            [
              [-3, 0, 1, 1, 4],
              [-2, -2, 0, 2, 2],
            ],
            undefined,
            'int32',
          ),
          x!,
          side,
        ),
      whole(2, 7),
    ),
  ),
  SparseToDense: [
    forward((x) => tf.sparseToDense(places([0, 1], [2, 3]), x!, [3, 4], 0.5), reals(2)),
    forward((x) => tf.sparseToDense(tf.tensor1d([1, 4], 'int32'), x!, [6]), reals()),
    forward((x) => tf.sparseToDense(tf.tensor1d([1, 4], 'int32'), x!, [6], tf.scalar(-1, 'int32')), whole(2)),
  ],
  // tfjs writes over the tensor that it is given: hence the sum.
  TensorScatterUpdate: [
    of((x, y) => tf.tensorScatterUpdate(x!.add(0), places([0, 1], [2, 0]), y!), reals(3, 4, 2), reals(2, 2)),
    of((x, y) => tf.tensorScatterUpdate(x!.add(0), places([3], [0], [1]), y!), reals(5), reals(3)),
    forward((x, y) => tf.tensorScatterUpdate(x!.add(y!.max()), places([3], [0]), y!), whole(5), whole(2)),
  ],
  TopK: [
    of((x) => tf.topk(x!, 3).values, distinct(2, 4, 7)),
    of((x) => tf.topk(x!, 1).values, distinct(5)),
    forward((x) => Object.values(tf.topk(x!, 4)), distinct(3, 6)),
    forward((x) => Object.values(tf.topk(x!, 3)), values(1, 3, 3, 2, 3)),
    forward((x) => Object.values(tf.topk(x!, 2)), integers(4, -1, 9)),
  ],
  UnsortedSegmentSum: [
    of((x, at) => tf.unsortedSegmentSum(x!, list(at), 4), reals(5, 2, 3), integers(0, 3, 0, 1, 0)),
    of((x, at) => tf.unsortedSegmentSum(x!, list(at), 2), reals(3), integers(1, -1, 1)),
  ],
};
