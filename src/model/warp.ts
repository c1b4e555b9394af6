import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import type { Sizes } from './family.ts';
import { convolution, parameter } from './layers.ts';
import { convolutionParameters, type ParameterSpecs } from './parameters.ts';

const HIDDEN = 24;
/** Latent pixels per unit of the learned fields, so that the steps of the optimiser are of a useful size. */
const GAIN = 8;
/** Every field starts as a slight shift: right on the pixels interpolation has no slope to learn from. */
const FIRST_SHIFT = 0.3;

/** The parameters of `warp`. */
export function warpParameters({ actions, latent }: Sizes): ParameterSpecs {
  const { height, width, channels } = latent;
  const first = new Float32Array(actions * height * width * 2).fill(FIRST_SHIFT / GAIN);
  return {
    'warp.fields': { shape: [actions, height * width * 2], initial: { values: first } },
    ...convolutionParameters('warp.look', channels, HIDDEN, 3),
    ...convolutionParameters('warp.nearness', HIDDEN, actions * 2, 1, 0),
  };
}

/** The previous latents as the action alone would leave them, [B, T, h, w, C]; see `motion`. */
export function warp(sizes: Sizes, params: TensorGroup, previous: tf.Tensor, actions: tf.Tensor): tf.Tensor {
  return move(motion(sizes, params, previous, actions).weights, previous);
}

/** How a picture moves. */
export interface Motion {
  /** How much of each place before goes into each place now, [B, T, h·w, h·w], for `move`. */
  readonly weights: tf.Tensor;
  /** `shiftOf` */
  readonly shift: tf.Tensor;
}

/** How a frame comes from the frame before it, by the action alone; the arguments are those of `shiftOf`. */
export function motion(sizes: Sizes, params: TensorGroup, previous: tf.Tensor, actions: tf.Tensor): Motion {
  const { latent } = sizes;
  const places = latent.height * latent.width;
  const [batch, frames] = previous.shape as [number, number];
  const shift = shiftOf(sizes, params, previous, actions);
  const weights = weightsOf(latent, shift.reshape([-1, places, 2]));
  return { weights: weights.reshape([batch, frames, places, places]), shift };
}

/**
 * Where each place of a frame comes from in the frame before it, by the action alone.
 *
 * The motion field of a camera is linear in its motion (Longuet-Higgins & Prazdny 1980), with a field for each
 * dimension of the action. It is learned as a mean over all frames, since a camera on a vehicle sees near things in
 * the same places most of the time, plus what a small convolution sees in this frame, since not always. No action,
 * no motion. Outside the picture its border goes on; sampling is bilinear, written as products of hat functions
 * so that it needs no gather.
 *
 * @param previous [B, T, h, w, C]
 * @param actions [B, T, A]
 * @returns where each place was before, in latent pixels from where it is now: right and down, [B, T, h, w, 2]
 */
export function shiftOf(
  { actions: count, latent }: Sizes,
  params: TensorGroup,
  previous: tf.Tensor,
  actions: tf.Tensor,
): tf.Tensor {
  const { height, width, channels } = latent;
  const places = height * width;
  const pictures = previous.reshape([-1, height, width, channels]) as tf.Tensor4D;
  const seen = convolution(params, 'warp.nearness', convolution(params, 'warp.look', pictures).relu());
  const fields = seen
    .reshape([-1, places, 2, count])
    .add(parameter(params, 'warp.fields').reshape([count, places, 2]).transpose([1, 2, 0]));
  const shift = fields
    .mul(actions.reshape([-1, 1, 1, count]))
    .sum(-1)
    .mul(GAIN);
  return shift.reshape([...previous.shape.slice(0, 4), 2]);
}

/**
 * Pictures moved by whole latent pixels, and the same times what is left of the shift, in halves of a pixel: to the
 * right, down, and both. Halfway, interpolation mixes two neighbours into a mean from which neither can be had back;
 * here they are apart, and a convolution finds in them what an interpolation kernel of any width would.
 *
 * @param shift of a `motion`, [B, T, h, w, 2]
 * @param pictures [B, T, h, w, C]
 * @returns [B, T, h, w, 4·C]
 */
export function unmixed({ latent }: Sizes, shift: tf.Tensor, pictures: tf.Tensor): tf.Tensor {
  const { height, width } = latent;
  const places = height * width;
  const [batch, frames] = pictures.shape as [number, number];
  const whole = shift.round();
  const weights = weightsOf(latent, whole.reshape([-1, places, 2]));
  const moved = move(weights.reshape([batch, frames, places, places]), pictures);
  const [right, down] = tf.split(shift.sub(whole).mul(2), 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.concat([moved, moved.mul(right), moved.mul(down), moved.mul(right.mul(down))], -1);
}

/** The weights of `move` for shifts [N, h·w, 2], [N, h·w, h, w]. */
function weightsOf({ height, width }: Sizes['latent'], shift: tf.Tensor): tf.Tensor {
  const places = height * width;
  const [right, down] = tf.split(shift, 2, -1) as [tf.Tensor, tf.Tensor];
  const columns = tf.tensor2d(Array.from({ length: places }, (_, place) => [place % width]));
  const rows = tf.tensor2d(Array.from({ length: places }, (_, place) => [Math.floor(place / width)]));
  const byColumn = hats(columns.add(right), width).reshape([-1, places, 1, width]);
  const byRow = hats(rows.add(down), height).reshape([-1, places, height, 1]);
  return byRow.mul(byColumn);
}

/** Moves pictures of any depth, [B, T, h, w, C], by the weights of a `motion`. */
export function move(weights: tf.Tensor, pictures: tf.Tensor): tf.Tensor {
  const places = weights.shape[2]!;
  const flat = pictures.reshape([-1, places, pictures.shape[4]!]);
  return tf.matMul(weights.reshape([-1, places, places]), flat).reshape(pictures.shape);
}

/**
 * How much each of `count` pixels in a row adds to what is seen at a position between them.
 *
 * @param positions [N, P, 1]
 * @returns [N, P, count], one or two of the last axis above zero
 */
function hats(positions: tf.Tensor, count: number): tf.Tensor {
  const inside = positions.clipByValue(0, count - 1);
  return tf
    .scalar(1)
    .sub(inside.sub(tf.range(0, count)).abs())
    .relu();
}
