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
  const places = first.add(top.mul(width)).add(left).reshape([-1]).cast('int32') as tf.Tensor1D;
  // All that a pixel is made of stands in a row of a matrix, so that weights and sums are products of matrices: channels
  // alone are too few for a processor to go over quickly.
  const wide = TAPS * TAPS * channels;
  const around = withNeighbours(withNeighbours(pictures, 2), 1).reshape([-1, wide]);
  const weights = cubic(rows.sub(top), (place) => Math.floor(place / TAPS / channels), wide).mul(
    cubic(columns.sub(left), (place) => Math.floor(place / channels) % TAPS, wide),
  );
  const sums = tf.matMul(
    tf.gather(around, places).mul(weights),
    matrix(wide, channels, (place, channel) => (place % channels === channel ? 1 : 0)),
  );
  return sums.reshape([count, height, width, channels]);
}

/** Pixels in a row that a cubic convolution looks at. */
const TAPS = 4;

/** Its weights: of each tap the factors of 1, t, t² and t³, t being how far a place is after the second of them. */
const KEYS = [
  [0, -0.5, 1, -0.5],
  [1, 0, -2.5, 1.5],
  [0, 0.5, 2, -1.5],
  [0, 0, -0.5, 0.5],
] as const;

/** The weights for places after their second taps by `t`, in as many columns, of each the tap that is named. */
function cubic(t: tf.Tensor, tapOf: (column: number) => number, columns: number): tf.Tensor2D {
  const flat = t.reshape([-1, 1]);
  const squared = flat.square();
  const powers = tf.concat([tf.onesLike(flat), flat, squared, squared.mul(flat)], 1);
  return tf.matMul(
    powers as tf.Tensor2D,
    matrix(TAPS, columns, (power, column) => KEYS[tapOf(column)]![power]!),
  );
}

function matrix(rows: number, columns: number, at: (row: number, column: number) => number): tf.Tensor2D {
  return tf.tensor2d(
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (__, column) => at(row, column)),
    ),
  );
}

/** Each pixel with the one before it and the two after it along an axis, [N, H, W, C] → [N, H, W, TAPS·C]. */
function withNeighbours(pictures: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D {
  const length = pictures.shape[axis];
  const [start] = tf.split(pictures, [1, length - 1], axis) as [tf.Tensor4D, tf.Tensor4D];
  const [, end] = tf.split(pictures, [length - 1, 1], axis) as [tf.Tensor4D, tf.Tensor4D];
  const long = tf.concat4d([start, pictures, end, end], axis);
  const taps = Array.from({ length: TAPS }, (_, tap) => {
    const begin = [0, 0, 0, 0].with(axis, tap) as [number, number, number, number];
    return long.slice(begin, pictures.shape);
  });
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
  return matrix(from, to, (pixel, place) => {
    const position = Math.min(from - 1, Math.max(0, ((place + 0.5) * from) / to - 0.5));
    return Math.max(0, 1 - Math.abs(position - pixel));
  });
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
