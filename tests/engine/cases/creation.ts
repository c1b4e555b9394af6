import * as tf from '@tensorflow/tfjs';
import {
  asBool,
  type Cases,
  each,
  forward,
  INT,
  integers,
  on,
  shapes,
  unary,
  VALUE,
  values,
  whole,
} from './case.ts';

export const CREATION: Cases = {
  Cast: [
    unary((x) => x.cast('float32').mul(2)),
    forward((x) => x!.cast('int32'), values(-2.9, -0.5, -0, 0.5, 1.9, 2.5, 1e6)),
    forward((x) => x!.cast('bool'), values(-2.9, 0, 0.5)),
    forward((x) => x!.cast('bool'), integers(-2, 0, 1)),
    forward((x) => x!.cast('float32'), integers(-2, 0, 7)),
    forward((x) => asBool(x!).cast('float32'), values(-1, 0, 2)),
    forward((x) => asBool(x!).cast('int32'), values(-1, 0, 2)),
  ],
  Diag: [
    on([4], (x) => tf.diag(x), VALUE),
    on([2, 3], (x) => tf.diag(x), VALUE),
    on([3], (x) => tf.diag(x), INT),
  ],
  Fill: [
    on([3], (x) => x.add(tf.fill([2, 1], 1.5))),
    forward(
      () => [
        tf.fill([2, 3], 7, 'int32'),
        tf.fill([100], -2.7, 'int32'),
        tf.fill([100], 2.5),
        tf.fill([80], 1, 'bool'),
      ],
      whole(1),
    ),
  ],
  Identity: [on([3, 2], (x) => tf.clone(x).mul(3))],
  LinSpace: [forward(() => [tf.linspace(-1, 2.5, 8), tf.linspace(3, 1, 2), tf.linspace(4, 9, 1)], whole(1))],
  OneHot: [
    ...each(shapes(), (sides) => forward((x) => tf.oneHot(x!, 4), whole(...sides))),
    forward((x) => tf.oneHot(x!, 3, 5, -1), integers(0, 2, 1, 3, -1)),
    forward((x) => tf.oneHot(x!, 3, 0.9, 0.05, 'float32'), integers(0, 2, 1)),
    forward((x) => tf.oneHot(x!, 3, 1, 0, 'bool'), integers(0, 2)),
  ],
  OnesLike: [
    unary((x) => tf.onesLike(x).mul(x)),
    unary(tf.onesLike, INT),
    forward((x) => tf.onesLike(asBool(x!)), whole(3)),
    forward((x) => tf.onesLike(x!), whole(9, 9)),
  ],
  Range: [
    forward(
      () => [tf.range(0, 7), tf.range(5, -2, -1.5), tf.range(0, 1, 0.1), tf.range(-3, 9, 4, 'int32')],
      whole(1),
    ),
  ],
  ZerosLike: [
    unary((x) => tf.zerosLike(x).add(x)),
    unary(tf.zerosLike, INT),
    forward((x) => tf.zerosLike(x!), whole(9, 9)),
  ],
};
