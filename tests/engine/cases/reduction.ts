import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import {
  asBool,
  type Cases,
  distinct,
  each,
  forward,
  INT,
  type LoweringCase,
  of,
  on,
  shapes,
  values,
  whole,
  withAxis,
} from './case.ts';

type Reduction = (x: tf.Tensor, axis?: number | number[], keep?: boolean) => tf.Tensor;

/** A random shape and some of its axes. */
const withAxes = shapes(1).chain((sides) =>
  fc.record({ sides: fc.constant(sides), axes: fc.subarray([...sides.keys()], { minLength: 1 }) }),
);

const reductions = (fn: Reduction): LoweringCase[] => [
  ...each(withAxis(), ({ sides, axis }) => on(sides, (x) => fn(x, axis))),
  ...each(withAxes, ({ sides, axes }) => on(sides, (x) => fn(x, axes))),
  ...each(withAxes, ({ sides, axes }) => on(sides, (x) => fn(x, axes, true))),
  on([3, 4, 5], (x) => fn(x)),
  on([], (x) => fn(x)),
  on([3, 4, 2], (x) => fn(x, 1), INT),
];
const ofTruth = (fn: Reduction): LoweringCase[] => [
  forward((x) => fn(asBool(x!)), whole(3, 4)),
  forward((x) => fn(asBool(x!), 1, true), whole(3, 2, 2)),
  forward((x) => fn(asBool(x!), [0, -1]), whole(2, 4, 2)),
];
const places = (fn: (x: tf.Tensor, axis: number) => tf.Tensor): LoweringCase[] => [
  ...each(withAxis(), ({ sides, axis }) => forward((x) => fn(x!, axis), distinct(...sides))),
  forward((x) => fn(x!, 0), values(2, 3, 1, 3, 1)),
  on([4, 3], (x) => fn(x, 1), INT),
];

export const REDUCTION: Cases = {
  All: ofTruth(tf.all),
  Any: ofTruth(tf.any),
  ArgMax: places(tf.argMax),
  ArgMin: places(tf.argMin),
  Max: [...reductions(tf.max), of((x) => tf.max(x!, 0), values(1, 3, 3, 2))],
  Mean: reductions(tf.mean),
  Min: reductions(tf.min),
  Prod: [
    ...each(withAxes, ({ sides, axes }) => on(sides, (x) => tf.prod(x, axes))),
    on([3, 4], (x) => tf.prod(x)),
    of((x) => tf.prod(x!, 0), values(2, 0, 3)),
    of((x) => tf.prod(x!, 0), values(0, 0, 3)),
    on([3, 4], (x) => tf.prod(x, 0, true), INT),
  ],
  Sum: [...reductions(tf.sum), forward((x) => asBool(x!).sum(0), whole(5, 2))],
};
