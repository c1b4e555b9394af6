import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import { halve } from './autoencoder.ts';
import { convolution } from './layers.ts';
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
  // Channels first, since what belongs to a block is spread over planes faster than over pixels.
  const picture = planes(decoded);
  const change: Planes = planes(moved).sub(picture);
  const [now, by] = [toBlocks(picture.sub(0.5)), toBlocks(change)];
  const kept = keptShare(params, tf.concat4d([now, by], 3));
  const colour = blockMeans(now).add(0.5).add(blockMeans(by).mul(kept));
  const rise = contrastGain(now, by, kept).sub(1);
  const coarse = planes(tf.concat4d([kept, colour, rise] as tf.Tensor4D[], 3));
  const [share, smooth, more] = tf.split(enlarge(coarse, height, width), [1, CHANNELS, 1], 1) as [
    Planes,
    Planes,
    Planes,
  ];
  const mixed: Planes = picture.add(change.mul(share));
  const shown: Planes = mixed.add(mixed.sub(smooth).mul(more));
  return tf.clipByValue(shown, 0, 1).transpose([0, 2, 3, 1]);
}

/** Pictures by colour, [N, 3, H, W]. */
type Planes = tf.Tensor4D;

function planes(pictures: tf.Tensor4D): Planes {
  return pictures.transpose([0, 3, 1, 2]);
}

/** Each block's pixels one after the other, [N, 3, H, W] → [N, h, w, 48]. */
function toBlocks(x: Planes): tf.Tensor4D {
  const [count, channels, height, width] = x.shape;
  const [rows, columns] = [height / BLOCK, width / BLOCK];
  return x
    .reshape([count, channels, rows, BLOCK, columns, BLOCK])
    .transpose([0, 2, 4, 3, 5, 1])
    .reshape([count, rows, columns, NUMBERS]);
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
  const between = detail(change);
  const mixture = detail(now).add<tf.Tensor4D>(between.mul(kept)).square();
  const lost = mean(between.square()).mul(kept.sub(kept.square()));
  return lost.div(mean(mixture).add(FLAT)).add(1).sqrt().minimum(MOST_GAIN);
}

/** What a block has beside its mean colour. */
function detail(blocks: tf.Tensor4D): tf.Tensor4D {
  return blocks.sub(mix(blockMeans(blocks), NUMBERS, (from, to) => (from === to % CHANNELS ? 1 : 0)));
}

/** The mean colour of each block, [N, h, w, 48] → [N, h, w, 3]. */
function blockMeans(blocks: tf.Tensor4D): tf.Tensor4D {
  return mix(blocks, CHANNELS, (from, to) => (from % CHANNELS === to ? 1 / BLOCK / BLOCK : 0));
}

/** The mean of the numbers of each block, [N, h, w, 48] → [N, h, w, 1]. */
function mean(blocks: tf.Tensor4D): tf.Tensor4D {
  return mix(blocks, 1, () => 1 / NUMBERS);
}

/** Sums of channels with fixed weights, as a convolution, so that it runs where the network's convolutions do. */
function mix(x: tf.Tensor4D, channels: number, weight: (from: number, to: number) => number): tf.Tensor4D {
  const from = x.shape[3];
  return tf.conv2d(x, matrix(from, channels, weight).reshape([1, 1, from, channels]), 1, 'same');
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
