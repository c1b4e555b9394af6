import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { TensorFunction } from '../equality.ts';
import {
  binary,
  type Cases,
  each,
  forward,
  INT,
  of,
  on,
  reals,
  shapes,
  unary,
  VALUE,
  values,
  withAxis,
} from './case.ts';

const localResponses = each(
  fc.record({
    sides: shapes(4, 4),
    radius: fc.integer({ min: 0, max: 6 }),
    beta: fc.constantFrom(0.5, 0.75, 1),
  }),
  ({ sides, radius, beta }) =>
    on(sides, (x) => tf.localResponseNormalization(x as tf.Tensor4D, radius, 1.5, 0.3, beta)),
);

export const ACTIVATION: Cases = {
  ClipByValue: [
    unary((x) => x.clipByValue(-0.5, 1)),
    unary((x) => x.clipByValue(-2, 2), INT),
    forward((x) => x!.clipByValue(-1, 1), values(-1, 1, -2, 2, Number.NEGATIVE_INFINITY)),
  ],
  Elu: [unary(tf.elu)],
  EluGrad: [unary(tf.elu)],
  LRN: localResponses,
  LRNGrad: localResponses,
  LeakyRelu: [unary((x) => tf.leakyRelu(x, 0.3))],
  Prelu: [binary(tf.prelu, VALUE), of((x, a) => tf.prelu(x!, a!), reals(2, 3, 4), reals(4))],
  Relu: [unary(tf.relu), unary(tf.relu, INT)],
  Relu6: [unary(tf.relu6, { range: [-3, 9] })],
  Selu: [unary(tf.selu)],
  Sigmoid: [unary(tf.sigmoid), forward(tf.sigmoid as TensorFunction, values(-30, 30, -90, 90))],
  Softmax: [
    unary((x) => tf.softmax(x.expandDims(0))),
    ...each(withAxis(), ({ sides }) => on(sides, (x) => tf.softmax(x))),
    on([2, 3, 7], (x) => tf.softmax(x.mul(30)), VALUE),
  ],
  Softplus: [unary(tf.softplus), forward(tf.softplus as TensorFunction, values(-40, 40, -20))],
  Step: [unary((x) => tf.step(x, 0.2).mul(x)), forward((x) => tf.step(x!), values(-1, 0, 2))],
  Tanh: [unary(tf.tanh)],
};
