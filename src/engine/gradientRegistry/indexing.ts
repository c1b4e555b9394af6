import * as tf from '@tensorflow/tfjs';

const nothing = (x: tf.Tensor) => () => tf.zeros(x.shape);

// Reading from places and adding to places are each other's gradients.
tf.registerGradient({
  kernelName: 'GatherNd',
  inputsToSave: ['params', 'indices'],
  gradFunc(dy, saved) {
    const [x, indices] = saved as [tf.Tensor, tf.Tensor];
    return { params: () => tf.scatterND(indices, dy as tf.Tensor, x.shape), indices: nothing(indices) };
  },
});

tf.registerGradient({
  kernelName: 'ScatterNd',
  inputsToSave: ['indices'],
  gradFunc(dy, saved) {
    const [indices] = saved as [tf.Tensor];
    return { updates: () => tf.gatherND(dy as tf.Tensor, indices), indices: nothing(indices) };
  },
});

tf.registerGradient({
  kernelName: 'TensorScatterUpdate',
  inputsToSave: ['indices', 'updates'],
  gradFunc(gradient, saved) {
    const [indices, updates] = saved as [tf.Tensor, tf.Tensor];
    const dy = gradient as tf.Tensor;
    return {
      // tfjs writes the updates over the tensor that it is given: hence the sum, a tensor of its own.
      tensor: () => tf.tensorScatterUpdate(dy.add(0), indices, tf.zeros(updates.shape)),
      updates: () => tf.gatherND(dy, indices),
      indices: nothing(indices),
    };
  },
});

// The largest values are copies of elements: their gradients go to the places they came from.
tf.registerGradient({
  kernelName: 'TopK',
  inputsToSave: ['x'],
  outputsToSave: [false, true],
  gradFunc(dy, saved) {
    const [x, places] = saved as [tf.Tensor, tf.Tensor];
    const [values] = dy as tf.Tensor[];
    return {
      x: () =>
        tf
          .oneHot(places, x.shape.at(-1)!)
          .cast('float32')
          .mul(values!.expandDims(-1))
          .sum(-2)
          .reshape(x.shape),
    };
  },
});
