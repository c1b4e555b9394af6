import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import { halve } from './autoencoder.ts';
import { convolution, depthToSpace, spaceToDepth } from './layers.ts';
import { convolutionParameters, type ParameterSpecs } from './parameters.ts';

/** Pixels along each side that the network looks at together. */
const BLOCK = 4;
/** Added to the mask, so that at first the moved picture has most of the say. */
const TRUST = 1;

/**
 * The parameters of `blend`.
 *
 * @param width feature channels
 */
export function reprojectionParameters(width: number): ParameterSpecs {
  return {
    ...convolutionParameters('reprojection.in', 2 * 3 * BLOCK * BLOCK, width, 3),
    ...convolutionParameters('reprojection.first', width, width, 3),
    ...convolutionParameters('reprojection.second', width, width, 3, 0.2),
    ...convolutionParameters('reprojection.mask', width, BLOCK * BLOCK, 3, 0),
  };
}

/**
 * Moves pictures as latents are moved: bilinear sampling, and outside of the picture its border goes on.
 *
 * @param shift in latent pixels, where each place was before: right and down, [N, h, w, 2]
 * @param pictures [N, H, W, C]
 */
export function movePictures(shift: tf.Tensor4D, pictures: tf.Tensor4D): tf.Tensor4D {
  const [count, height, width, channels] = pictures.shape;
  const scale = width / shift.shape[2];
  const fine = tf.image.resizeBilinear(shift, [height, width], false, true).mul(scale);
  const [right, down] = tf.split(fine, 2, 3) as [tf.Tensor, tf.Tensor];
  const columns = tf
    .range(0, width)
    .reshape([1, 1, width, 1])
    .add(right)
    .clipByValue(0, width - 1);
  const rows = tf
    .range(0, height)
    .reshape([1, height, 1, 1])
    .add(down)
    .clipByValue(0, height - 1);
  const [left, top] = [columns.floor(), rows.floor()];
  const first = tf
    .range(0, count)
    .mul(height * width)
    .reshape([count, 1, 1, 1]);
  const pixels = pictures.reshape([-1, channels]);
  const at = (row: tf.Tensor, column: tf.Tensor): tf.Tensor =>
    tf
      .gather(pixels, first.add(row.mul(width)).add(column).reshape([-1]).cast('int32') as tf.Tensor1D)
      .reshape(pictures.shape);
  const nextColumn = left.add(1).minimum(width - 1);
  const nextRow = top.add(1).minimum(height - 1);
  const [across, along] = [columns.sub(left), rows.sub(top)];
  const between = (a: tf.Tensor, b: tf.Tensor, share: tf.Tensor): tf.Tensor => a.add(b.sub(a).mul(share));
  return between(
    between(at(top, left), at(top, nextColumn), across),
    between(at(nextRow, left), at(nextRow, nextColumn), across),
    along,
  ) as tf.Tensor4D;
}

/**
 * Temporal reprojection, as renderers do it (Karis 2014), with a learned rule: what is shown is, pixel by pixel,
 * something between the picture that was shown before, moved by the action, and the one that is decoded now. Detail
 * that was there stays on what it belongs to, instead of being made up anew in every frame. Since it is a mean of
 * both, no colour can run away.
 *
 * @param moved [N, H, W, 3] in 0…1
 * @param decoded [N, H, W, 3]
 */
export function blend(params: TensorGroup, moved: tf.Tensor4D, decoded: tf.Tensor4D): tf.Tensor4D {
  const change: tf.Tensor4D = moved.sub(decoded);
  let x = convolution(
    params,
    'reprojection.in',
    spaceToDepth(tf.concat4d([moved.sub(0.5), change], 3), BLOCK),
  );
  const hidden: tf.Tensor4D = convolution(params, 'reprojection.first', x.relu()).relu();
  x = x.add(convolution(params, 'reprojection.second', hidden));
  const mask = depthToSpace(convolution(params, 'reprojection.mask', x.relu()), BLOCK);
  return decoded.add(change.mul(mask.add(TRUST).sigmoid()));
}

/**
 * How far the amount of detail is off, wherever exactly the detail is: the mean L1 distance of gradients that are
 * summed up over squares of 8 × 8 pixels. An edge that may be in either of two places is, for a distance of pixels,
 * best drawn as a blur over both; for this one it is best drawn as an edge.
 *
 * @param output [N, H, W, C], sides divisible by 8
 */
export function textureLoss(output: tf.Tensor4D, target: tf.Tensor4D): tf.Scalar {
  return texture(output).sub(texture(target)).abs().mean().asScalar();
}

function texture(x: tf.Tensor4D): tf.Tensor4D {
  return halve(halve(halve(slope(x, 1).add(slope(x, 2)))));
}

/** The size of the step to the next pixel along an axis, none at the end. */
function slope(x: tf.Tensor4D, axis: number): tf.Tensor4D {
  const size = x.shape[axis]!;
  const [, after] = tf.split(x, [1, size - 1], axis) as [tf.Tensor4D, tf.Tensor4D];
  const [, last] = tf.split(x, [size - 1, 1], axis) as [tf.Tensor4D, tf.Tensor4D];
  return tf.concat4d([after, last], axis).sub<tf.Tensor4D>(x).abs();
}
