import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';

/** The parameter of that name; a misspelt one is a defect of the model. */
export function parameter(params: TensorGroup, name: string): tf.Tensor {
  const tensor = params[name];
  if (!tensor) throw new Error(`the model has no parameter ${name}`);
  return tensor;
}

/** x · W + b over the last axis; the leading axes are folded into one large product. */
export function linear(params: TensorGroup, name: string, x: tf.Tensor): tf.Tensor {
  const weight = parameter(params, `${name}.weight`) as tf.Tensor2D;
  const [inputs, outputs] = weight.shape;
  const product = tf.matMul(x.reshape([-1, inputs]), weight).add(parameter(params, `${name}.bias`));
  return product.reshape([...x.shape.slice(0, -1), outputs]);
}

/** k × k convolution with bias and zero padding, [N, H, W, C] → [N, H/stride, W/stride, C′]. */
export function convolution(params: TensorGroup, name: string, x: tf.Tensor4D, stride = 1): tf.Tensor4D {
  const weight = parameter(params, `${name}.weight`) as tf.Tensor4D;
  return tf.conv2d(x, weight, stride, 'same').add(parameter(params, `${name}.bias`));
}

/** Moves blocks of pixels into channels: [N, H, W, C] → [N, H/b, W/b, b·b·C]. */
export function spaceToDepth(x: tf.Tensor4D, block: number): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return x
    .reshape([batch, height / block, block, width / block, block, channels])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([batch, height / block, width / block, block * block * channels]);
}

/** The inverse of `spaceToDepth`. tf.depthToSpace computes the same but has no gradient. */
export function depthToSpace(x: tf.Tensor4D, block: number): tf.Tensor4D {
  const [batch, height, width, depth] = x.shape;
  const channels = depth / block / block;
  return x
    .reshape([batch, height, width, block, block, channels])
    .transpose([0, 1, 3, 2, 4, 5])
    .reshape([batch, height * block, width * block, channels]);
}

/** Divides by the root mean square of the last axis (Zhang & Sennrich 2019), without a learned gain. */
export function rmsNorm<Rank extends tf.Rank>(x: tf.Tensor<Rank>): tf.Tensor<Rank> {
  return x.mul(x.square().mean(-1, true).add(1e-6).rsqrt());
}

/** x · sigmoid(x) (Elfwing et al. 2018). */
export function silu(x: tf.Tensor): tf.Tensor {
  return x.mul(x.sigmoid());
}

/** max(x, 0)² (So et al. 2021): as good as GELU in transformers and cheaper. */
export function squaredRelu(x: tf.Tensor): tf.Tensor {
  return x.relu().square();
}
