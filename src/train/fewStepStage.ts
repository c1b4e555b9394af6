import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/types.ts';
import type { TensorGroup } from '../engine/index.ts';
import { openDynamics } from '../model/families.ts';
import type { FrameTokens } from '../model/family.ts';
import type { Random } from '../random.ts';
import type { TrainConfig } from './config.ts';
import { advance, contextTokens, imagineContext, mix, pseudoHuber, spread, targetTokens } from './flow.ts';
import { heldOutBatches } from './heldOut.ts';
import type { LatentStore } from './latents.ts';
import type { Stage } from './loop.ts';
import { previewRollouts } from './preview.ts';
import { openSequences } from './sequences.ts';

/**
 * The third stage: as sharp in the few passes of play as the second stage's model is in many.
 *
 * A single pass from noise can only answer with something between all that might come, which is a blur; many
 * small ones settle for one of them. The student learns to go in one pass where its teacher, the model of the
 * second stage, goes in several (progressive distillation, Salimans & Ho 2022): for given noise that is one
 * certain place, so nothing is left to average. Its context is what it imagines itself in as many passes as at
 * play.
 *
 * @param teacher averaged parameters of the second stage; training starts from them
 * @param autoencoder its averaged parameters, for pictures of rollouts
 * @throws UserError when no clip is long enough
 */
export async function fewStepStage(
  config: TrainConfig,
  recipe: NonNullable<TrainConfig['fewStep']>,
  dataset: Dataset,
  latents: LatentStore,
  teacher: ReadonlyMap<string, Float32Array>,
  autoencoder: ReadonlyMap<string, Float32Array>,
): Promise<Stage> {
  const { passes } = config.dynamics;
  const level = (random: Random) => () => random.integer(passes) / passes;
  const { sizes, shapes, sample, sampleHeldOut } = await openSequences(
    config,
    dataset,
    latents,
    recipe.batch,
  );
  const model = openDynamics(config.dynamics, sizes);

  /** Goes from levels over `count` strides in one pass each; all of the past is `past`. */
  const flow = (
    params: TensorGroup,
    data: TensorGroup,
    past: FrameTokens,
    begin: { readonly latents: tf.Tensor; readonly levels: tf.Tensor },
    { count, stride }: { readonly count: number; readonly stride: number },
  ): tf.Tensor => {
    const denoise = model.readSequence(params, past);
    let { latents: x, levels } = begin;
    for (let pass = 0; pass < count; pass += 1) {
      const target = targetTokens(data, x, levels, past.latents);
      x = advance(x, denoise(target), levels, stride);
      levels = levels.add(stride);
    }
    return x;
  };

  return {
    name: 'fewStep',
    optimiser: recipe,
    initial: teacher,
    objective: {
      parameters: model.parameters,
      batch: shapes,
      frozen: teacher,
      prepare(params, data, frozen) {
        const noise = { latents: data.noise!, levels: data.levels!.mul(0) };
        const context = imagineContext(data, recipe.contextRounds, (past) =>
          flow(params, data, past, noise, { count: passes, stride: 1 / passes }),
        );
        const begin = { latents: mix(data.latents!, data.noise!, data.levels!), levels: data.levels! };
        const end = flow(frozen, data, contextTokens(data, context), begin, {
          count: recipe.teacherPasses,
          stride: 1 / passes / recipe.teacherPasses,
        });
        // The prediction whose one stride ends where the teacher's strides do.
        const remaining = spread(data.levels!.mul(-passes).add(passes));
        const wanted = begin.latents.add(end.sub(begin.latents).mul(remaining));
        return { ...data, context, noisy: begin.latents, wanted };
      },
      loss(params, data) {
        const target = targetTokens(data, data.noisy!, data.levels!, data.context!);
        const denoise = model.readSequence(params, contextTokens(data, data.context!));
        return pseudoHuber(denoise(target).sub(data.wanted!));
      },
    },
    sample: (random) => sample(random, level(random)),
    ...(sampleHeldOut && {
      heldOut: () => heldOutBatches((random) => sampleHeldOut(random, level(random))),
      preview: (ema) => previewRollouts(config, ema, dataset, latents, autoencoder),
    }),
  };
}
