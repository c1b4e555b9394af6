import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import type { Dynamics, FrameTokens } from '../model/family.ts';

/** Errors of a normalised latent well below this count as squares. */
const HUBER = 0.1;

/**
 * The mean of √(x² + ε²) − ε (Charbonnier et al. 1994): quadratic for small errors, absolute for large ones. Where
 * the future is uncertain the best answer is then its median, which keeps edges, and not its mean, which blurs
 * a little more with every frame of a rollout.
 */
export function pseudoHuber(error: tf.Tensor): tf.Scalar {
  return error
    .square()
    .add(HUBER ** 2)
    .sqrt()
    .sub(HUBER)
    .mean()
    .asScalar();
}

/**
 * Context that is, where the batch asks for it, what the model itself imagined, from context that it imagined in
 * the round before, so that at play it knows its own mistakes (a parallel form of DAgger, Ross et al. 2011, in
 * place of rollouts frame by frame).
 *
 * @param imagine predicts every frame of the sequence from such a context
 * @returns context latents under their noise, [B, T, h, w, C]
 */
export function imagineContext(
  data: TensorGroup,
  rounds: number,
  imagine: (context: FrameTokens) => tf.Tensor,
): tf.Tensor {
  const mask = spread(data.selfContext!);
  let clean = data.latents!;
  for (let round = 0; round < rounds; round += 1) {
    const imagined = imagine(contextTokens(data, underContextNoise(data, clean)));
    clean = data.latents!.add(imagined.sub(data.latents!).mul(mask));
  }
  return underContextNoise(data, clean);
}

/** Past frames as the model meets them at play: a little noise over what was seen or imagined. */
function underContextNoise(data: TensorGroup, clean: tf.Tensor): tf.Tensor {
  return mix(clean, data.contextNoise!, data.contextLevels!);
}

/** Context latents as frames of a sequence. */
export function contextTokens(data: TensorGroup, context: tf.Tensor): FrameTokens {
  return targetTokens(data, context, data.contextLevels!, context);
}

/** Latents under noise as frames of a sequence whose predecessors are those of `context`. */
export function targetTokens(
  data: TensorGroup,
  latents: tf.Tensor,
  levels: tf.Tensor,
  context: tf.Tensor,
): FrameTokens {
  const [batch, frames, ...picture] = context.shape as [number, number, number, number, number];
  const previous = tf.concat(
    [tf.zeros([batch, 1, ...picture]), context.slice([0, 0, 0, 0, 0], [batch, frames - 1, ...picture])],
    1,
  );
  return { latents, previous, actions: data.actions!, levels };
}

/** The straight path from noise (level 0) to the clean latent (level 1). */
export function mix(clean: tf.Tensor, noise: tf.Tensor, levels: tf.Tensor): tf.Tensor {
  const level = spread(levels);
  return clean.mul(level).add(noise.mul(tf.scalar(1).sub(level)));
}

/**
 * Takes latents some way along the flow towards a prediction of the clean ones, to a later level.
 *
 * @param levels the present signal levels [B, T]
 * @param stride how much is added to every level
 */
export function advance(
  latents: tf.Tensor,
  prediction: tf.Tensor,
  levels: tf.Tensor,
  stride: number,
): tf.Tensor {
  const share = spread(tf.scalar(stride).div(tf.scalar(1).sub(levels)));
  return latents.add(prediction.sub(latents).mul(share));
}

/**
 * Goes with every frame of a sequence from its level over `count` strides, in one pass each.
 *
 * @param past the frames as context
 */
export function flow(
  model: Dynamics,
  params: TensorGroup,
  data: TensorGroup,
  past: FrameTokens,
  begin: { readonly latents: tf.Tensor; readonly levels: tf.Tensor },
  { count, stride }: { readonly count: number; readonly stride: number },
): tf.Tensor {
  const denoise = model.readSequence(params, past);
  let { latents: x, levels } = begin;
  for (let pass = 0; pass < count; pass += 1) {
    const target = targetTokens(data, x, levels, past.latents);
    x = advance(x, denoise(target), levels, stride);
    levels = levels.add(stride);
  }
  return x;
}

/** One number a frame over the frame's latents. */
export function spread(perFrame: tf.Tensor): tf.Tensor {
  return perFrame.reshape([...perFrame.shape, 1, 1, 1]);
}
