import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from './trace.ts';

/**
 * The value of a scalar function of named tensors and its gradient by each of them.
 *
 * `tf.valueAndGrads` takes a list; models name their parameters, so this is the same by name.
 */
export function valueAndGradients(
  params: TensorGroup,
  fn: (params: TensorGroup) => tf.Scalar,
): { value: tf.Scalar; gradients: TensorGroup } {
  const names = Object.keys(params);
  const { value, grads } = tf.valueAndGrads((...tensors: tf.Tensor[]) =>
    fn(Object.fromEntries(names.map((name, index) => [name, tensors[index]!]))),
  )(Object.values(params));
  const gradients = Object.fromEntries(names.map((name, index) => [name, grads[index]!]));
  return { value: value.asScalar(), gradients };
}
