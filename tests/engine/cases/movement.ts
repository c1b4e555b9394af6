import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import {
  asBool,
  type Cases,
  each,
  forward,
  INT,
  of,
  on,
  perAxis,
  reals,
  shapes,
  VALUE,
  whole,
  withAxis,
} from './case.ts';

const pads = fc.tuple(fc.nat(2), fc.nat(3));
/** Padding that mirrors no more than there is. */
const mirrored = (mode: 'reflect' | 'symmetric') => (side: number) => {
  const most = Math.max(0, mode === 'reflect' ? side - 1 : side);
  return fc.tuple(fc.nat(most), fc.nat(most));
};
const permutation = shapes(1).chain((sides) =>
  fc.record({
    sides: fc.constant(sides),
    order: fc.shuffledSubarray([...sides.keys()], { minLength: sides.length }),
  }),
);
const part = (side: number): fc.Arbitrary<{ begin: number; size: number }> =>
  fc
    .nat(side - 1)
    .chain((begin) =>
      fc.record({ begin: fc.constant(begin), size: fc.integer({ min: 1, max: side - begin }) }),
    );
const stride = fc.constantFrom(1, 2, 3, -1, -2);

export const MOVEMENT: Cases = {
  Concat: [
    ...each(withAxis(), ({ sides, axis }) =>
      of((...list) => tf.concat(list, axis), ...[1, 3, 2].map((side) => reals(...sides.with(axis, side)))),
    ),
    forward((...list) => tf.concat(list, 1), reals(2, 0), reals(2, 3)),
    forward((...list) => tf.concat(list, 1), reals(2, 0), reals(2, 0)),
    forward((...list) => tf.concat(list), whole(2, 2), whole(3, 2)),
    forward((a, b) => tf.concat([asBool(a!), asBool(b!)]), whole(2), whole(3)),
  ],
  ExpandDims: [
    ...each(withAxis(), ({ sides, axis }) => on(sides, (x) => x.expandDims(axis))),
    on([], (x) => x.expandDims(0)),
  ],
  FlipLeftRight: [on([2, 3, 5, 2], (x) => tf.image.flipLeftRight(x as tf.Tensor4D), VALUE)],
  MirrorPad: (['reflect', 'symmetric'] as const).flatMap((mode) => [
    ...each(perAxis(mirrored(mode)), ({ sides, list }) => on(sides, (x) => tf.mirrorPad(x, list, mode))),
    on(
      [3, 4],
      (x) =>
        tf.mirrorPad(
          x,
          [
            [2, 1],
            [0, 3],
          ],
          mode,
        ),
      INT,
    ),
  ]),
  Pack: each(withAxis(), ({ sides, axis }) =>
    of((...list) => tf.stack(list, axis), reals(...sides), reals(...sides), reals(...sides)),
  ),
  PadV2: [
    ...each(
      perAxis(() => pads),
      ({ sides, list }) => on(sides, (x) => tf.pad(x, list, 0.5)),
    ),
    on(
      [2, 3],
      (x) =>
        tf.pad(
          x,
          [
            [1, 1],
            [0, 1],
          ],
          3,
        ),
      INT,
    ),
  ],
  Reshape: [
    on([3, 4], (x) => x.reshape([2, -1])),
    on([1, 1], (x) => x.reshape([])),
    on([2, 6], (x) => x.reshape([12]), INT),
  ],
  Reverse: [
    ...each(withAxis(), ({ sides, axis }) => on(sides, (x) => tf.reverse(x, axis))),
    on([3, 4, 2], (x) => tf.reverse(x, [0, 2])),
    on([5], (x) => tf.reverse(x)),
    on([4], (x) => tf.reverse(x), INT),
  ],
  Slice: [
    ...each(perAxis(part), ({ sides, list }) =>
      on(sides, (x) =>
        x
          .slice(
            list.map(({ begin }) => begin),
            list.map(({ size }) => size),
          )
          .mul(2),
      ),
    ),
    on([5, 6, 2], (x) => x.slice([0, 3], [-1, 2])),
    on([7], (x) => x.slice([3], [0]), VALUE),
    on([5], (x) => x.slice([1], [2]), INT),
  ],
  SplitV: [
    ...each(withAxis(), ({ sides, axis }) => on(sides.with(axis, 6), (x) => tf.split(x, 3, axis))),
    on([6, 4], (x) => tf.split(x, [1, 3], 1)),
    on([2, 7], (x) => tf.split(x, [2, -1, 1], -1)),
    on([4, 2], (x) => tf.split(x, 2), INT),
  ],
  StridedSlice: [
    ...each(
      perAxis(() => stride),
      ({ sides, list }) =>
        on(sides, (x) =>
          tf.stridedSlice(
            x,
            list.map(() => 0),
            list.map(() => 0),
            list,
            2 ** 9 - 1,
            2 ** 9 - 1,
          ),
        ),
    ),
    on([7, 8], (x) => tf.stridedSlice(x, [1, 0], [6, 8], [2, 3])),
    on([7, 8], (x) => tf.stridedSlice(x, [6, 7], [0, 2], [-2, -1])),
    on([7], (x) => tf.stridedSlice(x, [-2], [-6], [-2])),
    on([7, 8], (x) => tf.stridedSlice(x, [2, 3], [0, 0], [1, 2], 1, 2)),
    on([5, 6], (x) => tf.stridedSlice(x, [-1, 1], [0, 5], [1, 1], 0, 0, 0, 0, 1)),
    on([3, 4, 5], (x) => tf.stridedSlice(x, [0, 1], [0, 4], [1, 2], 0, 0, 1)),
    on([3, 4], (x) => tf.stridedSlice(x, [0, 0, 1], [0, 3, 4], [1, 1, 1], 0, 0, 0, 1)),
    on([5], (x) => tf.stridedSlice(x, [4], [0], [-3]), INT),
  ],
  Tile: [
    ...each(
      perAxis(() => fc.integer({ min: 1, max: 3 })),
      ({ sides, list }) => on(sides, (x) => tf.tile(x, list)),
    ),
    on([1, 3, 1], (x) => tf.tile(x, [2, 1, 5])),
    on([2], (x) => tf.tile(x, [3]), INT),
    forward((x) => tf.tile(asBool(x!), [3]), whole(2)),
  ],
  Transpose: [
    ...each(permutation, ({ sides, order }) => on(sides, (x) => x.transpose(order))),
    on([2, 3], (x) => x.transpose(), INT),
  ],
  Unpack: each(withAxis(), ({ sides, axis }) => on(sides, (x) => tf.unstack(x, axis))),
};
