import type { FrameStore } from '../data/frameStore.ts';
import type { Episode } from '../data/types.ts';
import { sizeOf } from '../engine/graph.ts';
import {
  autoencoderParameters,
  decode,
  encode,
  REDUCTION,
  reconstructionLoss,
} from '../model/autoencoder.ts';
import type { TrainConfig } from './config.ts';
import type { Stage } from './loop.ts';
import type { Objective } from './step.ts';
import { windowSampler } from './windows.ts';

/**
 * The first stage: frames to latents and back, on single frames drawn evenly from the training episodes.
 *
 * @param size the frames' size in pixels
 */
export function autoencoderStage(
  config: TrainConfig,
  episodes: readonly Episode[],
  frames: FrameStore,
  size: { readonly width: number; readonly height: number },
): Stage {
  const recipe = config.autoencoder;
  const { batch } = recipe;
  const objective = autoencoderObjective(config, size);
  const drawFrame = windowSampler(episodes, 1);
  return {
    name: 'autoencoder',
    optimiser: recipe,
    objective,
    async sample(random) {
      const noise = new Float32Array(sizeOf(objective.batch.noise!.shape));
      for (let index = 0; index < noise.length; index += 1)
        noise[index] = random.normal() * recipe.latentNoise;
      const places = Array.from({ length: batch }, () => drawFrame(random));
      const data = new Float32Array(sizeOf(objective.batch.frames!.shape));
      const bytes = size.width * size.height * 3;
      for (const [index, { episode, start }] of places.entries()) {
        const picture = await frames.read(episode, start, 1);
        for (let byte = 0; byte < bytes; byte += 1) data[index * bytes + byte] = picture[byte]! / 255;
      }
      return { frames: data, noise };
    },
  };
}

/** What the autoencoder is trained on: frames through the latents, a little noise on them, and back. */
export function autoencoderObjective(
  config: TrainConfig,
  size: { readonly width: number; readonly height: number },
): Objective {
  const recipe = config.autoencoder;
  const pixels = [recipe.batch, size.height, size.width, 3] as const;
  const latents = [recipe.batch, size.height / REDUCTION, size.width / REDUCTION, recipe.channels] as const;
  return {
    parameters: autoencoderParameters(recipe),
    batch: { frames: { shape: pixels }, noise: { shape: latents } },
    loss(params, { frames, noise }) {
      const pictures = frames!.as4D(...pixels);
      const noisy = encode(recipe, params, pictures)
        .add(noise!)
        .as4D(...latents);
      return reconstructionLoss(decode(recipe, params, noisy), pictures);
    },
  };
}
