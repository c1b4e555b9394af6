import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import { halve } from './autoencoder.ts';
import { convolution, spaceToDepth } from './layers.ts';
import { convolutionParameters, type ParameterSpecs } from './parameters.ts';

/** Pixels along each side that the network looks at together, and decides on together. */
const BLOCK = 4;
/**
 * The most that is kept. What is kept for long is averaged with many pictures that are not quite in place, and blurs: on
 * the racetrack sharpness was 59 % without this and 75 % with nothing kept (docs/recipe.md).
 */
const MOST = 0.6;
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
    ...convolutionParameters('reprojection.mask', width, 1, 3, 0),
  };
}

/**
 * Moves pictures as latents are moved. What is moved in every frame is resampled in every frame, and bilinear sampling
 * would soon be a blur: this is cubic convolution, a = −½ (Keys 1981), which keeps detail and amplifies none. Outside
 * of the picture its border goes on.
 *
 * @param shift in latent pixels, where each place was before: right and down, [N, h, w, 2]
 * @param pictures [N, H, W, C]
 */
export function movePictures(shift: tf.Tensor4D, pictures: tf.Tensor4D): tf.Tensor4D {
  const [count, height, width, channels] = pictures.shape;
  const fine = enlarge(shift, height, width).mul(width / shift.shape[2]);
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
  const quads = withNeighbours(pictures).reshape([-1, TAPS * channels]);
  const across = cubic(columns.sub(left));
  const along = cubic(rows.sub(top));
  const lines = along.map((weight, tap) => {
    const row = top.add(tap - 1).clipByValue(0, height - 1);
    const places = first.add(row.mul(width)).add(left).reshape([-1]).cast('int32') as tf.Tensor1D;
    const found = tf.gather(quads, places).reshape([count, height, width, TAPS * channels]);
    return sum(tf.split(found, TAPS, 3).map((value, column) => value.mul(across[column]!))).mul(weight);
  });
  return sum(lines) as tf.Tensor4D;
}

/** Pixels in a row that a cubic convolution looks at. */
const TAPS = 4;

/** Their weights, for a place this far after the second of them. */
function cubic(t: tf.Tensor): tf.Tensor[] {
  const squared = t.square();
  const cubed = squared.mul(t);
  const polynomial = (one: number, two: number, three: number, zero: number): tf.Tensor =>
    t.mul(one).add(squared.mul(two)).add(cubed.mul(three)).add(zero);
  return [
    polynomial(-0.5, 1, -0.5, 0),
    polynomial(0, -2.5, 1.5, 1),
    polynomial(0.5, 2, -1.5, 0),
    polynomial(0, -0.5, 0.5, 0),
  ];
}

/** Each pixel with the one before it and the two after it in its row, [N, H, W, TAPS·C]. */
function withNeighbours(pictures: tf.Tensor4D): tf.Tensor4D {
  const width = pictures.shape[2];
  const [start] = tf.split(pictures, [1, width - 1], 2) as [tf.Tensor4D, tf.Tensor4D];
  const [, end] = tf.split(pictures, [width - 1, 1], 2) as [tf.Tensor4D, tf.Tensor4D];
  const wide = tf.concat4d([start, pictures, end, end], 2);
  const taps = Array.from({ length: TAPS }, (_, tap) => wide.slice([0, 0, tap, 0], [-1, -1, width, -1]));
  return tf.concat4d(taps, 3);
}

/** Pictures in another size, with bilinear interpolation between the centres of pixels, [N, h, w, C] → [N, H, W, C]. */
function enlarge(x: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [count, rows, columns, channels] = x.shape;
  const wide = tf.matMul(x.transpose([0, 3, 1, 2]).reshape([-1, columns]), interpolation(columns, width));
  const turned = wide.reshape([-1, rows, width]).transpose([0, 2, 1]).reshape([-1, rows]);
  const high = tf.matMul(turned, interpolation(rows, height));
  return high.reshape([count, channels, width, height]).transpose([0, 3, 2, 1]) as tf.Tensor4D;
}

/** How much each of `from` pixels in a row adds to each of `to` that cover the same length, [from, to]. */
function interpolation(from: number, to: number): tf.Tensor2D {
  return tf.tensor2d(
    Array.from({ length: from }, (_, pixel) =>
      Array.from({ length: to }, (__, place) => {
        const position = Math.min(from - 1, Math.max(0, ((place + 0.5) * from) / to - 0.5));
        return Math.max(0, 1 - Math.abs(position - pixel));
      }),
    ),
  );
}

function sum(terms: readonly tf.Tensor[]): tf.Tensor {
  return terms.reduce((total, term) => total.add(term));
}

/**
 * Temporal reprojection, as renderers do it (Karis 2014), with a learned rule: what is shown is, from place to place,
 * something between the picture that was shown before, moved by the action, and the one that is decoded now. Detail
 * that was there stays on what it belongs to, instead of being made up anew in every frame. Since it is a mean of
 * both, no colour can run away, and since what is kept changes slowly over the picture, no pattern comes of it.
 *
 * @param moved [N, H, W, 3]
 * @param decoded [N, H, W, 3]
 * @returns within 0…1
 */
export function blend(params: TensorGroup, moved: tf.Tensor4D, decoded: tf.Tensor4D): tf.Tensor4D {
  const [, height, width] = moved.shape;
  const change: tf.Tensor4D = moved.sub(decoded);
  let x = convolution(
    params,
    'reprojection.in',
    spaceToDepth(tf.concat4d([moved.sub(0.5), change], 3), BLOCK),
  );
  const hidden: tf.Tensor4D = convolution(params, 'reprojection.first', x.relu()).relu();
  x = x.add(convolution(params, 'reprojection.second', hidden));
  const mask = convolution(params, 'reprojection.mask', x.relu()).add(TRUST).sigmoid();
  const kept: tf.Tensor4D = mask.mul(MOST);
  const shown: tf.Tensor4D = decoded.add(change.mul(enlarge(kept, height, width)));
  return tf.clipByValue(shown, 0, 1);
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
