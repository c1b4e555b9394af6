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

/**
 * Attention of each place to the same place in other frames, with a learned bias for how long ago they were.
 *
 * @param x [B, F, P, D]
 * @param ages for each of the last rows [Q, S + F] how long before the row's frame each cached frame, then each
 *   of the F frames, was; above `window` means unseen. Only the last Q frames ask.
 * @param cache keys and values of S earlier frames, [B, P, heads, S, headDim]
 * @returns the attended last Q frames [B, Q, P, D], and keys and values of all F, [B, P, heads, F, headDim]
 */
export function temporalAttention(
  config: DynamicsConfig,
  params: TensorGroup,
  name: string,
  x: tf.Tensor,
  ages: tf.Tensor,
  cache?: { readonly keys: tf.Tensor; readonly values: tf.Tensor },
): { out: tf.Tensor; keys: tf.Tensor; values: tf.Tensor } {
  const [batch, frames, tokens, width] = x.shape as [number, number, number, number];
  const [rows, columns] = ages.shape as [number, number];
  const [queries, keys, values] = tf
    .split(linear(params, `${name}.in`, x), 3, -1)
    .map((part) =>
      part.reshape([batch, frames, tokens, config.heads, width / config.heads]).transpose([0, 2, 3, 1, 4]),
    ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const asking =
    rows === frames
      ? queries
      : queries.slice([0, 0, 0, frames - rows, 0], [batch, tokens, config.heads, rows, width / config.heads]);
  const allKeys = cache ? tf.concat([cache.keys, keys], 3) : keys;
  const allValues = cache ? tf.concat([cache.values, values], 3) : values;
  const bias = tf
    .matMul(tf.concat([parameter(params, `${name}.bias`), tf.fill([config.heads, 1], HIDDEN)], 1), oneHot())
    .reshape([config.heads, rows, columns]);
  const scores = tf.matMul(asking.mul(scaleOf(config)), allKeys, false, true).add(bias);
  const mixed = tf.matMul(tf.softmax(scores), allValues).transpose([0, 3, 1, 2, 4]);
  return { out: linear(params, `${name}.out`, mixed.reshape([batch, rows, tokens, width])), keys, values };

  /** [window + 2, Q · (S + F)]: picking a bias by its age as a product, whose gradient is a product too. */
  function oneHot(): tf.Tensor2D {
    const known = tf.tensor2d(Array.from({ length: config.window + 2 }, (_, age) => [age]));
    return known
      .equal(ages.reshape([1, rows * columns]))
      .cast('float32')
      .as2D(config.window + 2, rows * columns);
  }
}

function scaleOf({ width, heads }: DynamicsConfig): number {
  return 1 / Math.sqrt(width / heads);
}
