import type { Dataset } from '../data/types.ts';
import { denoise, dynamicsParameters, rememberSequence } from '../model/dynamics.ts';
import type { TrainConfig } from './config.ts';
import { contextTokens, imagineContext, mix, pseudoHuber, targetTokens } from './flow.ts';
import type { LatentStore } from './latents.ts';
import type { Stage } from './loop.ts';
import { openSequences } from './sequences.ts';

/**
 * The second stage: the next latent from the past and the action.
 *
 * Each frame is a target under noise (flow matching with prediction of the clean latent, Lipman et al. 2023) and
 * context for the frames after it.
 *
 * @throws UserError when no clip is long enough
 */
export async function dynamicsStage(
  config: TrainConfig,
  dataset: Dataset,
  latents: LatentStore,
): Promise<Stage> {
  const recipe = config.dynamics;
  const { model, shapes, sample } = await openSequences(config, dataset, latents, recipe.batch);
  return {
    name: 'dynamics',
    optimiser: recipe,
    objective: {
      parameters: dynamicsParameters(model),
      batch: shapes,
      prepare(params, data) {
        const context = imagineContext(data, recipe.contextRounds, (past) => {
          const blank = targetTokens(data, data.noise!, data.levels!.mul(0), past.latents);
          return denoise(model, params, blank, rememberSequence(model, params, past));
        });
        return { ...data, context };
      },
      loss(params, data) {
        const noisy = mix(data.latents!, data.noise!, data.levels!);
        const target = targetTokens(data, noisy, data.levels!, data.context!);
        const past = rememberSequence(model, params, contextTokens(data, data.context!));
        return pseudoHuber(denoise(model, params, target, past).sub(data.latents!));
      },
    },
    sample: (random) => sample(random, () => (random.uniform() < recipe.pureNoise ? 0 : random.uniform())),
  };
}
