import type * as tf from '@tensorflow/tfjs';

export interface SgdOptions {
  /** How much of the velocity is kept; 0 is plain gradient descent. */
  readonly momentum: number;
  /** Goes where the velocity will lead next (Nesterov 1983, in the form of Sutskever et al. 2013). */
  readonly nesterov: boolean;
}

/** The direction of stochastic gradient descent with momentum (Polyak 1964), as PyTorch's SGD without dampening. */
export function sgd(
  gradient: tf.Tensor,
  velocity: tf.Tensor,
  { momentum, nesterov }: SgdOptions,
): { readonly direction: tf.Tensor; readonly velocity: tf.Tensor } {
  const next = velocity.mul(momentum).add(gradient);
  return { direction: nesterov ? gradient.add(next.mul(momentum)) : next, velocity: next };
}
