import * as tf from '@tensorflow/tfjs';

// Functions that are constant between their jumps. tfjs has no gradient of most comparisons, so that a mask made
// of parameters cannot be trained through, and calls that of a quotient rounded down dy / b.
for (const kernelName of [
  'Equal',
  'FloorDiv',
  'Greater',
  'Less',
  'LessEqual',
  'LogicalAnd',
  'LogicalOr',
  'NotEqual',
]) {
  tf.registerGradient({
    kernelName,
    inputsToSave: ['a', 'b'],
    gradFunc: (_, saved) => {
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return { a: () => tf.zeros(a.shape), b: () => tf.zeros(b.shape) };
    },
  });
}

tf.registerGradient({
  kernelName: 'LogicalNot',
  inputsToSave: ['x'],
  gradFunc: (_, saved) => ({ x: () => tf.zeros(saved[0]!.shape) }),
});
