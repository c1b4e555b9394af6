import * as tf from '@tensorflow/tfjs';

// tfjs forgets to sum these gradients over the axes that an operand was repeated along.
for (const kernelName of ['BatchMatMul', 'Maximum', 'Minimum', 'SquaredDifference']) {
  const { gradFunc, ...config } = tf.getGradient(kernelName);
  tf.registerGradient({
    ...config,
    kernelName,
    gradFunc(dy, saved, attributes) {
      const gradients = gradFunc(dy, saved, attributes);
      const [a, b] = saved as [tf.Tensor, tf.Tensor];
      return { a: () => sumTo(gradients.a!(), a.shape), b: () => sumTo(gradients.b!(), b.shape) };
    },
  });
}

/** The sum over the axes that broadcasting to the tensor's shape repeated. */
function sumTo(x: tf.Tensor, shape: number[]): tf.Tensor {
  if (x.shape.join() === shape.join()) return x;
  const added = x.shape.length - shape.length;
  const axes = x.shape.flatMap((side, axis) =>
    axis < added || (shape[axis - added] === 1 && side > 1) ? [axis] : [],
  );
  return x.sum(axes).reshape(shape);
}
