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
import { unitValues } from '../pixels.ts';
import type { Random } from '../random.ts';
import type { TrainConfig } from './config.ts';
import { heldOutBatches } from './heldOut.ts';
import type { Drawn, Stage } from './loop.ts';
import { fillNoise } from './noise.ts';
import { previewAutoencoder } from './preview.ts';
import type { Objective } from './step.ts';
import { windowSampler } from './windows.ts';

/**
 * The first stage: frames to latents and back, on single frames drawn evenly from the training episodes.
 *
 * @param episodes of the whole dataset; the held-out ones are only looked at
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
  const ofSplit = (wanted: Episode['split']): Episode[] => episodes.filter(({ split }) => split === wanted);
  const drawFrom = (footage: readonly Episode[]) => {
    const drawFrame = windowSampler(footage, 1);
    return async (random: Random): Promise<Drawn> => {
      const windows = Array.from({ length: batch }, () => drawFrame(random));
      const pictures = windows.map(({ episode, start }) => frames.read(episode, start, 1));
      const noise = fillNoise(random, new Float32Array(sizeOf(objective.batch.noise!.shape)));
      for (let index = 0; index < noise.length; index += 1) noise[index]! *= recipe.latentNoise;
      const data = new Float32Array(sizeOf(objective.batch.frames!.shape));
      const bytes = size.width * size.height * 3;
      for (const [index, picture] of (await Promise.all(pictures)).entries()) {
        unitValues(picture, data.subarray(index * bytes));
      }
      return { batch: { frames: data, noise }, windows };
    };
  };
  const held = ofSplit('val');
  return {
    name: 'autoencoder',
    optimiser: recipe,
    objective,
    sample: drawFrom(ofSplit('train')),
    ...(held.length > 0 && {
      heldOut: () => heldOutBatches(drawFrom(held)),
      preview: (ema) => previewAutoencoder(config, ema, frames, held, size),
    }),
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
