import type { FrameStore } from '../data/frameStore.ts';
import type { Episode } from '../data/types.ts';
import {
  autoencoderParameters,
  decode,
  encode,
  REDUCTION,
  reconstructionLoss,
} from '../model/autoencoder.ts';
import type { Random } from '../random.ts';
import type { TrainConfig } from './config.ts';
import type { Stage } from './loop.ts';

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
  const pixels = [batch, size.height, size.width, 3] as const;
  const latents = [batch, size.height / REDUCTION, size.width / REDUCTION, recipe.channels] as const;
  const total = episodes.reduce((sum, episode) => sum + episode.length, 0);
  return {
    name: 'autoencoder',
    optimiser: recipe,
    objective: {
      parameters: autoencoderParameters(recipe),
      batch: { frames: { shape: pixels }, noise: { shape: latents } },
      loss(params, { frames: real, noise }) {
        const pictures = real!.as4D(...pixels);
        const noisy = encode(recipe, params, pictures)
          .add(noise!)
          .as4D(...latents);
        return reconstructionLoss(decode(recipe, params, noisy), pictures);
      },
    },
    async sample(random) {
      const noise = new Float32Array(latents.reduce((product, side) => product * side, 1));
      for (let index = 0; index < noise.length; index += 1)
        noise[index] = random.normal() * recipe.latentNoise;
      const places = Array.from({ length: batch }, () => drawFrame(random, episodes, total));
      const data = new Float32Array(pixels.reduce((product, side) => product * side, 1));
      const bytes = size.width * size.height * 3;
      for (const [index, { episode, frame }] of places.entries()) {
        const picture = await frames.read(episode, frame, 1);
        for (let byte = 0; byte < bytes; byte += 1) data[index * bytes + byte] = picture[byte]! / 255;
      }
      return { frames: data, noise };
    },
  };
}

function drawFrame(
  random: Random,
  episodes: readonly Episode[],
  total: number,
): { readonly episode: Episode; readonly frame: number } {
  let place = random.integer(total);
  for (const episode of episodes) {
    if (place < episode.length) return { episode, frame: place };
    place -= episode.length;
  }
  throw new Error(`drew frame ${place} past the end of ${total} frames`);
}
