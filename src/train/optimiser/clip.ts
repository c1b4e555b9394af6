import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../../engine/index.ts';

/** The length of all gradients together (L2). */
export function globalNorm(gradients: TensorGroup): tf.Tensor {
  return tf.addN(Object.values(gradients).map((gradient) => gradient.square().sum())).sqrt();
}

/** The factor that shortens gradients of that length to `limit` (Pascanu et al. 2013); 1 where they are shorter. */
export function clipFactor(norm: tf.Tensor, limit: number): tf.Tensor {
  return tf.minimum(1, tf.scalar(limit).div(norm.add(1e-6)));
}
