import * as tf from '@tensorflow/tfjs';
import type { TensorGroup, TensorSpec } from '../../engine/index.ts';

/** What the loss is multiplied by, and how many steps in a row went well; both scalars. */
export const LOSS_SCALE: Readonly<Record<'scale' | 'steps', TensorSpec>> = {
  scale: { shape: [] },
  steps: { shape: [] },
};

const INITIAL_SCALE = 2 ** 16;
/** Steps without overflow after which the scale doubles. */
const PATIENCE = 2000;
const LARGEST = 2 ** 24;

/** Where a training starts. */
export function initialScaling(): Map<string, Float32Array> {
  return new Map([
    ['scale', Float32Array.of(INITIAL_SCALE)],
    ['steps', Float32Array.of(0)],
  ]);
}

/**
 * Dynamic loss scaling (Micikevicius et al. 2018): half the scale after a gradient that is not finite, twice the
 * scale after many that were.
 *
 * @param finite whether the step's gradient was, a scalar
 */
export function nextScale({ scale, steps }: TensorGroup, finite: tf.Tensor): TensorGroup {
  const count = steps!.add(1);
  const grows = count.greaterEqual(PATIENCE);
  const grown = tf.where(grows, tf.minimum(scale!.mul(2), LARGEST), scale!);
  return {
    scale: tf.where(finite, grown, tf.maximum(scale!.div(2), 1)),
    steps: tf.where(finite, tf.where(grows, tf.zerosLike(count), count), tf.zerosLike(count)),
  };
}
