import * as tf from '@tensorflow/tfjs';

interface Direction {
  readonly axis: number;
  readonly exclusive: boolean;
  readonly reverse: boolean;
}

// tfjs's own gradient of Cumsum moves the axes once too often.
tf.registerGradient({
  kernelName: 'Cumsum',
  gradFunc(dy, _, attributes) {
    const { axis, exclusive, reverse } = attributes as unknown as Direction;
    return { x: () => tf.cumsum(dy as tf.Tensor, axis, exclusive, !reverse) };
  },
});

/**
 * With y_i = x_0 ⋯ x_i, x_k counts in y_i as (x_0 ⋯ x_{k−1}) · (x_{k+1} ⋯ x_i). The sum of dy_i times the latter is
 * s_k = dy_k + x_{k+1} s_{k+1}, which holds, unlike Σ dy_i y_i / x_k, where x is zero. Without its own factor y_i
 * ends one earlier: then the sum is t_{k+1} with t_k = dy_k + x_k t_{k+1}.
 */
tf.registerGradient({
  kernelName: 'Cumprod',
  inputsToSave: ['x'],
  gradFunc(dy, saved, attributes) {
    const { axis, exclusive, reverse } = attributes as unknown as Direction;
    const forwards = (tensor: tf.Tensor): tf.Tensor => (reverse ? tf.reverse(tensor, axis) : tensor);
    return {
      x: () => {
        const x = forwards(saved[0]!);
        const gradient = forwards(dy as tf.Tensor);
        const before = tf.cumprod(x, axis, true);
        const after = exclusive
          ? earlier(recurrence(x, gradient, axis), axis, 1)
          : recurrence(earlier(x, axis, 1), gradient, axis);
        return forwards(before.mul(after));
      },
    };
  },
});

/** s with s_k = b_k + a_k s_{k+1}, by doubling how far each element sees (Hillis & Steele 1986). */
function recurrence(a: tf.Tensor, b: tf.Tensor, axis: number): tf.Tensor {
  let [factor, sum] = [a, b];
  for (let distance = 1; distance < a.shape.at(axis)!; distance *= 2) {
    sum = sum.add(factor.mul(earlier(sum, axis, distance)));
    factor = factor.mul(earlier(factor, axis, distance));
  }
  return sum;
}

/** The elements moved towards the start of the axis; zeros come in at its end. */
function earlier(x: tf.Tensor, axis: number, distance: number): tf.Tensor {
  const at = axis < 0 ? axis + x.rank : axis;
  const gone = Math.min(distance, x.shape[at]!);
  const begin = x.shape.map((_, index) => (index === at ? gone : 0));
  const size = x.shape.map((side, index) => (index === at ? side - gone : side));
  return tf.pad(
    x.slice(begin, size),
    x.shape.map((_, index) => [0, index === at ? gone : 0]),
  );
}
