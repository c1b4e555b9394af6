import * as tf from '@tensorflow/tfjs';

/**
 * Activation recomputation (Chen et al. 2016, "gradient checkpointing"): the same function, but what it computes
 * on the way is not kept for the backward pass, which computes it again from the inputs.
 *
 * In a graph, the second computation would be recognised as equal to the first and dropped, or be run early and
 * kept as well; so its input carries a zero made from the incoming gradient, which exists only when its turn has
 * come.
 *
 * @param fn a pure function of float32 tensors; parameters that it needs a gradient for are among its arguments
 */
export function recompute<Tensors extends tf.Tensor[]>(
  fn: (...tensors: Tensors) => tf.Tensor,
): (...tensors: Tensors) => tf.Tensor {
  // tfjs's types know lists of tensors only; it gives back as many as it was given.
  const loose = (...tensors: tf.Tensor[]): tf.Tensor => fn(...(tensors as Tensors));
  return tf.customGrad((...args) => {
    const save = args.pop() as tf.GradSaveFunc;
    const inputs = args as tf.Tensor[];
    save(inputs);
    return {
      value: loose(...inputs),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [first, ...rest] = saved as [tf.Tensor, ...tf.Tensor[]];
        const zero = dy.flatten().slice(0, 1).mul(0).asScalar();
        // tfjs forgets the outer tape when an inner one ends.
        const { state } = tf.engine();
        const tape = state.activeTape;
        const gradients = tf.grads(loose)([first.add(zero), ...rest], dy);
        state.activeTape = tape;
        return gradients;
      },
    };
  });
}
