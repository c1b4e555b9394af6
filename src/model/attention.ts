import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import type { DynamicsConfig } from './dynamics.ts';
import { linear, parameter } from './layers.ts';

/** Added to a score that may not count; large, yet far from overflow in float16. */
const HIDDEN = -1e4;

/**
 * Attention of the tokens of a frame to one another, with a learned bias for each pair of places.
 *
 * @param x [B, F, P, D]
 */
export function spatialAttention(
  config: DynamicsConfig,
  params: TensorGroup,
  name: string,
  x: tf.Tensor,
): tf.Tensor {
  const [batch, frames, tokens, width] = x.shape as [number, number, number, number];
  const [queries, keys, values] = heads(config, linear(params, `${name}.in`, x)).map((part) =>
    part.transpose([0, 2, 1, 3]),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const scores = tf
    .matMul(queries.mul(scaleOf(config)), keys, false, true)
    .add(parameter(params, `${name}.bias`));
  const mixed = tf.matMul(tf.softmax(scores), values).transpose([0, 2, 1, 3]);
  return linear(params, `${name}.out`, mixed.reshape([batch, frames, tokens, width]));

  function heads({ heads: count }: DynamicsConfig, joint: tf.Tensor): tf.Tensor[] {
    return tf.split(joint, 3, -1).map((part) => part.reshape([batch * frames, tokens, count, width / count]));
  }
}

/** Keys and values of F frames, by which others look at them, each [B, P, heads, F, headDim]. */
export interface Memory {
  readonly keys: tf.Tensor;
  readonly values: tf.Tensor;
}

/**
 * Attention of each place to itself and to the same place in earlier frames, with a learned bias for how long ago
 * they were.
 *
 * @param x [B, F, P, D]
 * @param ages how long before each of the F frames each of the M frames of the memory was, [F, M]; above `window`
 *   means unseen
 * @param past the memory; the frames themselves when left out
 * @returns the attended frames [B, F, P, D], and their own keys and values
 */
export function temporalAttention(
  config: DynamicsConfig,
  params: TensorGroup,
  name: string,
  x: tf.Tensor,
  ages: tf.Tensor,
  past?: Memory,
): { readonly out: tf.Tensor; readonly own: Memory } {
  const [batch, frames, tokens, width] = x.shape as [number, number, number, number];
  const [queries, keys, values] = tf
    .split(linear(params, `${name}.in`, x), 3, -1)
    .map((part) =>
      part.reshape([batch, frames, tokens, config.heads, width / config.heads]).transpose([0, 2, 3, 1, 4]),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const own = { keys, values };
  const memory = past ?? own;
  const asking = queries.mul(scaleOf(config));
  const [selfBias, pastBias] = tf.split(parameter(params, `${name}.bias`), [1, config.window], 1) as [
    tf.Tensor2D,
    tf.Tensor2D,
  ];
  const scores = tf.concat(
    [
      asking.mul(keys).sum(-1, true).add(selfBias.expandDims(1)),
      tf.matMul(asking, memory.keys, false, true).add(biasByAge(config, pastBias, ages)),
    ],
    -1,
  );
  const [toSelf, toPast] = tf.split(tf.softmax(scores), [1, scores.shape.at(-1)! - 1], -1) as [
    tf.Tensor,
    tf.Tensor,
  ];
  const mixed = toSelf.mul(values).add(tf.matMul(toPast, memory.values)).transpose([0, 3, 1, 2, 4]);
  return { out: linear(params, `${name}.out`, mixed.reshape([batch, frames, tokens, width])), own };
}

/**
 * Picks a bias by its age, as a product with a one-hot matrix, whose gradient is a product too.
 *
 * @param bias [heads, window], for ages from 1 on
 * @param ages [F, M]
 * @returns [heads, F, M]
 */
function biasByAge({ heads, window }: DynamicsConfig, bias: tf.Tensor2D, ages: tf.Tensor): tf.Tensor {
  const [rows, columns] = ages.shape as [number, number];
  const known = tf.tensor2d(Array.from({ length: window + 1 }, (_, index) => [index + 1]));
  const oneHot = known
    .equal(ages.reshape([1, rows * columns]))
    .cast('float32')
    .as2D(window + 1, rows * columns);
  return tf
    .matMul(tf.concat2d([bias, tf.fill([heads, 1], HIDDEN)], 1), oneHot)
    .reshape([heads, rows, columns]);
}

function scaleOf({ width, heads }: DynamicsConfig): number {
  return 1 / Math.sqrt(width / heads);
}
