import * as tf from '@tensorflow/tfjs';

/** How much of the first and second moment is kept. */
const BETA1 = 0.9;
const BETA2 = 0.99;
const EPSILON = 1e-8;

export interface Moments {
  readonly first: tf.Tensor;
  readonly second: tf.Tensor;
}

/**
 * The direction of AdamW (Loshchilov & Hutter 2019): the mean of the gradients over the root of the mean of their
 * squares, both without the bias of their start at zero. Weight decay is the caller's.
 *
 * @param step counted from 1, a scalar
 */
export function adamW(
  gradient: tf.Tensor,
  moments: Moments,
  step: tf.Tensor,
): { readonly direction: tf.Tensor; readonly moments: Moments } {
  const first = moments.first.mul(BETA1).add(gradient.mul(1 - BETA1));
  const second = moments.second.mul(BETA2).add(gradient.square().mul(1 - BETA2));
  const correction1 = tf.scalar(1).sub(tf.pow(BETA1, step));
  const correction2 = tf.scalar(1).sub(tf.pow(BETA2, step));
  // √(v / c₂) + ε is (√v + ε √c₂) / √c₂: so the corrections are scalars, and fewer passes go over the tensors.
  const root2 = correction2.sqrt();
  const direction = first.div(second.sqrt().add(root2.mul(EPSILON))).mul(root2.div(correction1));
  return { direction, moments: { first, second } };
}
