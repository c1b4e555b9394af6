import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import { halve } from './autoencoder.ts';
import { convolution, spaceToDepth } from './layers.ts';
import { convolutionParameters, type ParameterSpecs } from './parameters.ts';
import { enlarge, matrix } from './resampling.ts';

/** Pixels along each side that the network looks at together, and decides on together. */
const BLOCK = 4;
const CHANNELS = 3;
/** Numbers in a block. */
const NUMBERS = CHANNELS * BLOCK * BLOCK;
/**
 * The most that is kept. What is kept for long is averaged with many pictures that are not quite in place, and blurs
 * (docs/recipe.md).
 */
const MOST = 0.5;
/** Added to the mask, so that at first the moved picture has most of the say. */
const TRUST = 1;
/** The most that contrast is raised by. Where details of both pictures cancel out there is nothing to raise. */
const MOST_GAIN = 1.5;
/** Contrast that is not worth raising: the variance of a hundredth of white. */
const FLAT = 1e-4;

/**
 * The parameters of `blend`.
 *
 * @param width feature channels
 */
export function reprojectionParameters(width: number): ParameterSpecs {
  return {
    ...convolutionParameters('reprojection.in', 2 * NUMBERS, width, 1),
    ...convolutionParameters('reprojection.first', width, width, 3),
    ...convolutionParameters('reprojection.second', width, width, 3, 0.2),
    ...convolutionParameters('reprojection.mask', width, 1, 3, 0),
  };
}

/**
 * Temporal reprojection, as renderers do it (Karis 2014), with a learned rule: what is shown is, from place to place,
 * something between the picture that was shown before, moved by the action, and the one that is decoded now. Detail
 * that was there stays on what it belongs to, instead of being made up anew in every frame. Since it is a mean of
 * both, no colour can run away, and since what is kept changes slowly over the picture, no pattern comes of it.
 *
 * A mean of details that are not in the same place has less contrast than either, which is a blur. So contrast is
 * raised to the mean of both again, as in blending that preserves variance (Heitz & Neyret 2018). Neither can it run
 * away.
 *
 * @param moved [N, H, W, 3]
 * @param decoded [N, H, W, 3]
 * @returns within 0…1
 */
export function blend(params: TensorGroup, moved: tf.Tensor4D, decoded: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = moved.shape;
  const change: tf.Tensor4D = moved.sub(decoded);
  const [now, by] = [spaceToDepth(decoded.sub(0.5), BLOCK), spaceToDepth(change, BLOCK)];
  const kept = keptShare(params, tf.concat4d([now, by], 3));
  const brightness = blockMeans(now).add(0.5).add(blockMeans(by).mul(kept));
  const rise = contrastGain(now, by, kept).sub(1);
  const [share, smooth, more] = tf.split(
    enlarge(tf.concat4d([kept, brightness, rise] as tf.Tensor4D[], 3), height, width),
    [1, CHANNELS, 1],
    3,
  ) as [tf.Tensor4D, tf.Tensor4D, tf.Tensor4D];
  const mixed = decoded.add(change.mul(share));
  const shown: tf.Tensor4D = mixed.add(mixed.sub(smooth).mul(more));
  return tf.clipByValue(shown, 0, 1);
}

/** How much of each block of the moved picture is kept, [N, h, w, 1], from the blocks of both. */
function keptShare(params: TensorGroup, blocks: tf.Tensor4D): tf.Tensor4D {
  const x = convolution(params, 'reprojection.in', blocks);
  const hidden: tf.Tensor4D = convolution(params, 'reprojection.first', x.relu()).relu();
  const features: tf.Tensor4D = x.add(convolution(params, 'reprojection.second', hidden));
  return convolution(params, 'reprojection.mask', features.relu()).add(TRUST).sigmoid().mul(MOST);
}

/**
 * What contrast has to be multiplied by in each block, [N, h, w, 1]: that of the mixture falls short of the mean
 * contrast of both by k(1 − k) times the variance of what lies between them, k being what is kept.
 */
function contrastGain(now: tf.Tensor4D, change: tf.Tensor4D, kept: tf.Tensor4D): tf.Tensor4D {
  const detail = (blocks: tf.Tensor4D): tf.Tensor4D => blocks.sub(tileBlocks(blockMeans(blocks)));
  const between = detail(change);
  const mixture = detail(now).add(between.mul(kept)).square().mean(3, true);
  const lost = between.square().mean(3, true).mul(kept.sub(kept.square()));
  return lost.div(mixture.add(FLAT)).add(1).sqrt().minimum(MOST_GAIN);
}

/** The mean colour of each block, [N, h, w, 48] → [N, h, w, 3]. */
function blockMeans(blocks: tf.Tensor4D): tf.Tensor4D {
  const means = matrix(NUMBERS, CHANNELS, (number, channel) =>
    number % CHANNELS === channel ? 1 / BLOCK / BLOCK : 0,
  );
  return tf.matMul(blocks.reshape([-1, NUMBERS]), means).reshape([...blocks.shape.slice(0, 3), CHANNELS]);
}

/** Blocks of one colour each, [N, h, w, 3] → [N, h, w, 48]. */
function tileBlocks(colours: tf.Tensor4D): tf.Tensor4D {
  return colours.tile([1, 1, 1, BLOCK * BLOCK]);
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
