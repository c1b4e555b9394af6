import * as tf from '@tensorflow/tfjs';
import { BACKEND } from '../lowering/lowering.ts';

interface Geometry {
  readonly strides: number | number[];
  readonly pad: string | number | number[][];
  readonly dilations: number | number[];
}

// tfjs has no gradients of dilated convolutions, since its kernels cannot compute them; graphs can.
for (const [kernelName, byInput, byFilter] of [
  ['Conv2D', 'Conv2DBackpropInput', 'Conv2DBackpropFilter'],
  ['Conv3D', 'Conv3DBackpropInputV2', 'Conv3DBackpropFilterV2'],
  ['DepthwiseConv2dNative', 'DepthwiseConv2dNativeBackpropInput', 'DepthwiseConv2dNativeBackpropFilter'],
] as const) {
  const { gradFunc, ...config } = tf.getGradient(kernelName);
  tf.registerGradient({
    ...config,
    kernelName,
    gradFunc(dy, saved, attributes) {
      const { dilations = 1 } = attributes as unknown as Geometry;
      const dilated = [dilations].flat().some((dilation) => dilation > 1);
      if (!dilated || tf.getBackend() !== BACKEND) return gradFunc(dy, saved, attributes);
      const [x, filter] = saved as [tf.Tensor, tf.Tensor];
      const run = (kernel: string, inputs: tf.NamedTensorMap, shapes: tf.NamedAttrMap): tf.Tensor =>
        tf.engine().runKernel(kernel, inputs, { ...attributes, ...shapes });
      return {
        x: () => run(byInput, { dy: dy as tf.Tensor, filter }, { inputShape: x.shape }),
        filter: () => run(byFilter, { x, dy: dy as tf.Tensor }, { filterShape: filter.shape }),
      };
    },
  });
}

// The gradient of a transposed convolution is the convolution.
tf.registerGradient({
  kernelName: 'Conv3DBackpropInputV2',
  inputsToSave: ['dy', 'filter'],
  gradFunc(ddx, saved, attributes) {
    const [dy, filter] = saved as [tf.Tensor5D, tf.Tensor5D];
    const { strides, pad } = attributes as unknown as tf.Conv3DBackpropInputV2Attrs;
    const x = ddx as tf.Tensor5D;
    return {
      dy: () => tf.conv3d(x, filter, strides, pad),
      filter: () =>
        tf
          .engine()
          .runKernel('Conv3DBackpropFilterV2', { x, dy }, { strides, pad, filterShape: filter.shape }),
    };
  },
});
