import type { Dataset } from '../data/types.ts';
import { openDynamics } from '../model/families.ts';
import type { Sizes } from '../model/family.ts';
import type { Random } from '../random.ts';
import type { TrainConfig } from './config.ts';
import { contextTokens, imagineContext, mix, pseudoHuber, targetTokens } from './flow.ts';
import { heldOutBatches } from './heldOut.ts';
import type { LatentStore } from './latents.ts';
import type { Stage } from './loop.ts';
import { previewRollouts } from './preview.ts';
import { openSequences, sequenceShapes } from './sequences.ts';
import type { Objective } from './step.ts';

/**
 * The second stage: the next latent from the past and the action.
 *
 * Each frame is a target under noise (flow matching with prediction of the clean latent, Lipman et al. 2023) and
 * context for the frames after it.
 *
 * @param autoencoder its averaged parameters, for pictures of rollouts
 * @throws UserError when no clip is long enough
 */
export async function dynamicsStage(
  config: TrainConfig,
  dataset: Dataset,
  latents: LatentStore,
  autoencoder: ReadonlyMap<string, Float32Array>,
): Promise<Stage> {
  const recipe = config.dynamics;
  const { sizes, sample, sampleHeldOut } = await openSequences(config, dataset, latents, recipe.batch);
  const level = (random: Random) => () => (random.uniform() < recipe.pureNoise ? 0 : random.uniform());
  return {
    name: 'dynamics',
    optimiser: recipe,
    objective: dynamicsObjective(config, sizes),
    sample: (random) => sample(random, level(random)),
    ...(sampleHeldOut && {
      heldOut: () => heldOutBatches((random) => sampleHeldOut(random, level(random))),
      preview: (ema) => previewRollouts(config, ema, dataset, latents, autoencoder),
    }),
  };
}

/** What the dynamics are trained on; see `dynamicsStage`. */
export function dynamicsObjective(config: TrainConfig, sizes: Sizes): Objective {
  const recipe = config.dynamics;
  const model = openDynamics(recipe, sizes);
  return {
    parameters: model.parameters,
    batch: sequenceShapes(config, sizes, recipe.batch),
    prepare(params, data) {
      const context = imagineContext(data, recipe.contextRounds, (past) => {
        const blank = targetTokens(data, data.noise!, data.levels!.mul(0), past.latents);
        return model.readSequence(params, past)(blank);
      });
      return { ...data, context };
    },
    loss(params, data) {
      const noisy = mix(data.latents!, data.noise!, data.levels!);
      const target = targetTokens(data, noisy, data.levels!, data.context!);
      const denoise = model.readSequence(params, contextTokens(data, data.context!));
      return pseudoHuber(denoise(target).sub(data.latents!));
    },
  };
}
