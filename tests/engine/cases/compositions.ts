import * as tf from '@tensorflow/tfjs';
import { below, type LoweringCase, of, on, reals, VALUE } from './case.ts';

/** √½ and √(2/π), for the two forms of GELU (Hendrycks & Gimpel 2016). */
const [INVERSE_ROOT_2, ROOT_2_BY_PI] = [Math.SQRT1_2, Math.sqrt(2 / Math.PI)];

/** Mean and variance over some axes taken out. */
function normalise(x: tf.Tensor, axes: number | number[]): tf.Tensor {
  const { mean, variance } = tf.moments(x, axes, true);
  return x.sub(mean).mul(variance.add(1e-5).rsqrt());
}

/** What people write out of tfjs's functions, by the name it goes by. */
export const COMPOSITIONS: Readonly<Record<string, readonly LoweringCase[]>> = {
  'absolute difference': [of((a, b) => tf.losses.absoluteDifference(a!, b!), reals(3, 4), reals(3, 4))],
  'attention with a causal mask': [
    of(
      (q, k, v) => {
        const mask = tf.linalg
          .bandPart(tf.ones([4, 4]), -1, 0)
          .sub(1)
          .mul(1e9);
        return tf.matMul(tf.softmax(tf.matMul(q!, k!, false, true).mul(0.5).add(mask)), v!);
      },
      reals(2, 4, 3),
      reals(2, 4, 3),
      reals(2, 4, 3),
    ),
  ],
  'average pooling over everything': [on([2, 5, 4, 3], (x) => x.mean([1, 2]))],
  'cosine similarity': [of((a, b) => tf.losses.cosineDistance(a!, b!, 1), reals(3, 4), reals(3, 4))],
  'dot and outer product': [
    of((a, b) => [tf.dot(a!, b!), tf.outerProduct(a as tf.Tensor1D, b as tf.Tensor1D)], reals(4), reals(4)),
  ],
  'embedding with its gradient': [of((table, at) => tf.gather(table!, at!), reals(7, 3), below(7, 2, 5))],
  'GELU, exact': [on([3, 5], (x) => x.mul(0.5).mul(tf.erf(x.mul(INVERSE_ROOT_2)).add(1)))],
  'GELU, tanh': [
    on([3, 5], (x) => x.mul(0.5).mul(x.add(x.pow(3).mul(0.044715)).mul(ROOT_2_BY_PI).tanh().add(1))),
  ],
  'gradient penalty': [
    on([2, 3], (x) =>
      tf
        .grad((point: tf.Tensor) => point.square().mul(tf.sin(point)).sum())(x)
        .norm()
        .sub(1)
        .square(),
    ),
  ],
  'group normalisation': [
    of(
      (x, scale) =>
        normalise(x!.reshape([2, 6, 2, 4]), [1, 3])
          .reshape([2, 3, 2, 8])
          .mul(scale!),
      reals(2, 3, 2, 8),
      reals(8),
    ),
  ],
  'hinge loss': [of((a, b) => tf.losses.hingeLoss(a!.sign().relu(), b!), reals(3, 4), reals(3, 4))],
  'Huber loss': [of((a, b) => tf.losses.huberLoss(a!, b!), reals(3, 4), reals(3, 4))],
  'instance normalisation': [on([2, 4, 5, 3], (x) => normalise(x, [1, 2]))],
  'layer normalisation': [
    of((x, scale, shift) => normalise(x!, -1).mul(scale!).add(shift!), reals(2, 3, 8), reals(8), reals(8)),
  ],
  'log-sum-exp': [on([3, 5], (x) => tf.logSumExp(x, 1))],
  'log-softmax': [on([3, 5], (x) => tf.logSoftmax(x))],
  'LSTM cell': [
    of(
      (x, kernel, bias, c, h) =>
        tf.basicLSTMCell(
          tf.scalar(1),
          kernel as tf.Tensor2D,
          bias as tf.Tensor1D,
          x as tf.Tensor2D,
          c as tf.Tensor2D,
          h as tf.Tensor2D,
        ),
      reals(2, 3),
      reals(7, 16),
      reals(16),
      reals(2, 4),
      reals(2, 4),
    ),
  ],
  'mean squared error': [of((a, b) => tf.losses.meanSquaredError(a!, b!), reals(3, 4), reals(3, 4))],
  Mish: [on([3, 5], (x) => x.mul(tf.tanh(tf.softplus(x))))],
  norms: [on([3, 5], (x) => [tf.norm(x), tf.norm(x, 1, 1), tf.norm(x, 'euclidean', [0, 1], true)])],
  'pixel shuffle up and down': [
    on([1, 3, 2, 8], (x) =>
      tf
        .depthToSpace(x as tf.Tensor4D, 2)
        .reshape([1, 3, 2, 2, 2, 2])
        .transpose([0, 1, 3, 2, 4, 5]),
    ),
  ],
  'pooling with dilation': [
    on([1, 8, 8, 2], (x) => tf.pool(x as tf.Tensor4D, [2, 2], 'avg', 'same', [2, 2])),
  ],
  'RMS normalisation': [on([2, 3, 8], (x) => x.mul(x.square().mean(-1, true).add(1e-6).rsqrt()))],
  'sigmoid cross-entropy': [
    of(
      (labels, logits) => tf.losses.sigmoidCrossEntropy(labels!.sigmoid(), logits!),
      reals(3, 4),
      reals(3, 4),
    ),
  ],
  SiLU: [on([3, 5], (x) => x.mul(x.sigmoid()))],
  'softmax cross-entropy': [
    of(
      (labels, logits) => tf.softmax(labels!).mul(tf.logSoftmax(logits!)).sum(-1).neg(),
      reals(3, 5),
      reals(3, 5),
    ),
  ],
  'sorting by top-k': [on([2, 6], (x) => tf.topk(x, 6).indices, VALUE)],
  'standard deviation': [on([3, 5], (x) => tf.moments(x, 1).variance.sqrt())],
  'straight-through rounding': [
    on([7], (x) =>
      tf.customGrad((y) => ({ value: (y as tf.Tensor).round(), gradFunc: (dy: tf.Tensor) => dy }))(x),
    ),
  ],
  'triangular mask': [on([4, 4], (x) => tf.linalg.bandPart(x, 1, 0))],
  'upsampling by two, then a convolution': [
    of(
      (x, w) =>
        tf.conv2d(tf.image.resizeNearestNeighbor(x as tf.Tensor4D, [6, 10]), w as tf.Tensor4D, 1, 'same'),
      reals(1, 3, 5, 2),
      reals(3, 3, 2, 3),
    ),
  ],
  'unit vectors': [on([3, 5], (x) => x.div(tf.norm(x, 2, 1, true)))],
};
