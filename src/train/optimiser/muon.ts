import * as tf from '@tensorflow/tfjs';

const MOMENTUM = 0.95;

/**
 * The direction of Muon (Jordan 2024): the gradients' mean, with Nesterov's look ahead, turned into the nearest
 * matrix with orthonormal rows or columns, and scaled to the size of AdamW's (Liu et al. 2025).
 *
 * @param gradient of a matrix
 * @param momentum the mean so far
 */
export function muon(
  gradient: tf.Tensor,
  momentum: tf.Tensor,
): { readonly direction: tf.Tensor; readonly momentum: tf.Tensor } {
  const mean = momentum.mul(MOMENTUM).add(gradient.mul(1 - MOMENTUM));
  const ahead = mean.mul(MOMENTUM).add(gradient.mul(1 - MOMENTUM));
  const scale = 0.2 * Math.sqrt(Math.max(...gradient.shape));
  return { direction: orthogonalise(ahead as tf.Tensor2D).mul(scale), momentum: mean };
}

/** The nearest matrix with orthonormal rows or columns, by five Newton–Schulz steps with Muon's coefficients. */
function orthogonalise(matrix: tf.Tensor2D): tf.Tensor2D {
  const tall = matrix.shape[0] > matrix.shape[1];
  let x: tf.Tensor2D = matrix.div(matrix.square().sum().sqrt().add(1e-7));
  for (let round = 0; round < 5; round += 1) {
    // The smaller of the two Gram matrices carries the same polynomial.
    const gram = tf.matMul(x, x, tall, !tall) as tf.Tensor2D;
    const polynomial = gram.mul(-4.775).add(tf.matMul(gram, gram).mul(2.0315)) as tf.Tensor2D;
    const product = tall ? tf.matMul(x, polynomial) : tf.matMul(polynomial, x);
    x = x.mul(3.4445).add(product);
  }
  return x;
}
