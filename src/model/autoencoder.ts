import type * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import { convolution, depthToSpace, spaceToDepth } from './layers.ts';
import { convolutionParameters, type ParameterSpecs } from './parameters.ts';

export interface AutoencoderConfig {
  /** Channels of a latent pixel, which stands for 8 × 8 pixels. */
  readonly channels: number;
  /** Feature channels at 1/8, 1/4 and 1/2 of the frame's size. */
  readonly widths: readonly [number, number, number];
  /** Residual blocks at 1/8 of the frame's size. */
  readonly depth: number;
}

/** How much smaller a latent picture is than its frame, along each side. */
export const REDUCTION = 8;
/** Latents stay within ±LIMIT, so that a rollout cannot leave what the decoder knows. */
const LIMIT = 3;

/** The parameters of `encode` and `decode`, named after the stage they belong to. */
export function autoencoderParameters({ channels, widths, depth }: AutoencoderConfig): ParameterSpecs {
  const [wide, middle, narrow] = widths;
  const blocks = (name: string, count: number, width: number): ParameterSpecs =>
    Object.assign(
      {},
      ...Array.from({ length: count }, (_, index) => residualParameters(`${name}.${index}`, width)),
    );
  return {
    ...convolutionParameters('encoder.in', 3 * 16, middle, 3),
    ...blocks('encoder.quarter', 1, middle),
    ...convolutionParameters('encoder.down', middle, wide, 3),
    ...blocks('encoder.eighth', depth, wide),
    ...convolutionParameters('encoder.out', wide, channels, 1),
    ...convolutionParameters('decoder.in', channels, wide, 3),
    ...blocks('decoder.eighth', depth, wide),
    ...convolutionParameters('decoder.upQuarter', wide, 4 * middle, 3),
    ...blocks('decoder.quarter', 1, middle),
    ...convolutionParameters('decoder.upHalf', middle, 4 * narrow, 3),
    ...blocks('decoder.half', 1, narrow),
    ...convolutionParameters('decoder.out', narrow, 12, 3, 0.1),
  };
}

/**
 * Frames to latents: a light convolutional encoder without normalisation layers, in the manner of TAESD
 * (github.com/madebyollin/taesd), with the bounded latents it uses.
 *
 * @param frames [N, H, W, 3] in 0…1, sides divisible by 8 (by 16 for the dynamics)
 * @returns [N, H/8, W/8, channels] within ±3
 */
export function encode(config: AutoencoderConfig, params: TensorGroup, frames: tf.Tensor4D): tf.Tensor4D {
  let x = convolution(params, 'encoder.in', spaceToDepth(frames.mul(2).sub(1), 4));
  x = residual(params, 'encoder.quarter.0', x);
  x = convolution(params, 'encoder.down', x.relu(), 2);
  for (let index = 0; index < config.depth; index += 1) x = residual(params, `encoder.eighth.${index}`, x);
  return bound(convolution(params, 'encoder.out', x.relu()));
}

/**
 * Latents to frames; pixel shuffles instead of upsampling keep the work at low resolutions.
 *
 * @param latents [N, H/8, W/8, channels]
 * @returns [N, H, W, 3], about 0…1 but not clipped
 */
export function decode(config: AutoencoderConfig, params: TensorGroup, latents: tf.Tensor4D): tf.Tensor4D {
  let x = convolution(params, 'decoder.in', bound(latents));
  for (let index = 0; index < config.depth; index += 1) x = residual(params, `decoder.eighth.${index}`, x);
  x = depthToSpace(convolution(params, 'decoder.upQuarter', x.relu()), 2);
  x = residual(params, 'decoder.quarter.0', x);
  x = depthToSpace(convolution(params, 'decoder.upHalf', x.relu()), 2);
  x = residual(params, 'decoder.half.0', x);
  return depthToSpace(convolution(params, 'decoder.out', x.relu()), 2).add(0.5);
}

function residualParameters(name: string, width: number): ParameterSpecs {
  return {
    ...convolutionParameters(`${name}.first`, width, width, 3),
    ...convolutionParameters(`${name}.second`, width, width, 3, 0.2),
  };
}

function residual(params: TensorGroup, name: string, x: tf.Tensor4D): tf.Tensor4D {
  const hidden = convolution(params, `${name}.first`, x.relu());
  return x.add(convolution(params, `${name}.second`, hidden.relu()));
}

function bound(latents: tf.Tensor4D): tf.Tensor4D {
  return latents.div(LIMIT).tanh().mul(LIMIT);
}

/**
 * The reconstruction loss: L1 of the pixels plus L1 of the horizontal and vertical differences at three scales,
 * which holds edges that a plain L1 lets blur (gradient difference loss, Mathieu et al. 2016).
 */
export function reconstructionLoss(output: tf.Tensor4D, target: tf.Tensor4D): tf.Scalar {
  let [a, b] = [output, target];
  let loss: tf.Tensor = a.sub(b).abs().mean();
  for (let scale = 0; scale < 3; scale += 1) {
    if (scale > 0) [a, b] = [halve(a), halve(b)];
    for (const axis of [1, 2])
      loss = loss.add(difference(a, axis).sub(difference(b, axis)).abs().mean().mul(0.5));
  }
  return loss.asScalar();
}

/** The mean of each 2 × 2 pixels, [N, H, W, C] → [N, H/2, W/2, C]. */
export function halve(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return x
    .reshape([batch, height / 2, 2, width / 2, 2 * channels])
    .mean(2)
    .reshape([batch, height / 2, width / 2, 2, channels])
    .mean(3);
}

function difference(x: tf.Tensor4D, axis: number): tf.Tensor {
  const size = [...x.shape];
  size[axis]! -= 1;
  const begin = [0, 0, 0, 0];
  begin[axis] = 1;
  return x.slice(begin, size).sub(x.slice([0, 0, 0, 0], size));
}
