import type * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/types.ts';
import type { TensorGroup } from '../engine/index.ts';
import { criticParameters } from '../model/critic.ts';
import { openDynamics } from '../model/families.ts';
import type { Sizes } from '../model/family.ts';
import { initialise, type ParameterSpecs } from '../model/parameters.ts';
import { type Random, seededRandom } from '../random.ts';
import { contest } from './adversary.ts';
import type { TrainConfig } from './config.ts';
import { contextTokens, flow, imagineContext, mix, pseudoHuber, spread, targetTokens } from './flow.ts';
import { heldOutBatches } from './heldOut.ts';
import { tensorsOf } from './inputs.ts';
import type { LatentStore } from './latents.ts';
import type { Stage } from './loop.ts';
import { previewRollouts } from './preview.ts';
import { openSequences, sequenceShapes } from './sequences.ts';
import type { Objective } from './step.ts';

type FewStepRecipe = NonNullable<TrainConfig['fewStep']>;

/**
 * The third stage: as sharp in the few passes of play as the second stage's model is in many.
 *
 * A single pass from noise can only answer with something between all that might come, which is a blur; many
 * small ones settle for one of them. The student learns to go in one pass where its teacher, the model of the
 * second stage, goes in several (progressive distillation, Salimans & Ho 2022): for given noise that is one
 * certain place, so nothing is left to average. Its context is what it imagines itself in as many passes as at
 * play. Where the recipe has an `adversary`, a critic who learns beside it also judges the pictures that play would
 * show (`contest`).
 *
 * @param teacher averaged parameters of the second stage; training starts from them
 * @param autoencoder its averaged parameters, for pictures of rollouts
 * @throws UserError when no clip is long enough
 */
export async function fewStepStage(
  config: TrainConfig,
  recipe: FewStepRecipe,
  dataset: Dataset,
  latents: LatentStore,
  teacher: ReadonlyMap<string, Float32Array>,
  autoencoder: ReadonlyMap<string, Float32Array>,
): Promise<Stage> {
  const { passes } = config.dynamics;
  const level = (random: Random) => () => random.integer(passes) / passes;
  const { sizes, sample, sampleHeldOut } = await openSequences(config, dataset, latents, recipe.batch);
  return {
    name: 'fewStep',
    optimiser: recipe,
    initial: new Map([...teacher, ...initialise(criticOf(recipe, sizes), seededRandom(config.seed))]),
    objective: fewStepObjective(config, recipe, sizes, teacher),
    sample: (random) => sample(random, level(random)),
    ...(sampleHeldOut && {
      heldOut: () => heldOutBatches((random) => sampleHeldOut(random, level(random))),
      preview: (ema) => previewRollouts(config, ema, dataset, latents, autoencoder),
    }),
  };
}

/** What the student is trained on; see `fewStepStage`. */
export function fewStepObjective(
  config: TrainConfig,
  recipe: FewStepRecipe,
  sizes: Sizes,
  teacher: ReadonlyMap<string, Float32Array>,
): Objective {
  const { passes } = config.dynamics;
  const model = openDynamics(config.dynamics, sizes);
  const critic = criticOf(recipe, sizes);
  const picture = (x: tf.Tensor): tf.Tensor4D => x.reshape([-1, ...x.shape.slice(2)]) as tf.Tensor4D;

  /** Reads the context, for passes over every frame of the sequence. */
  const readContext = (params: TensorGroup, data: TensorGroup) => {
    const denoise = model.readSequence(params, contextTokens(data, data.context!));
    return (latents: tf.Tensor, levels: tf.Tensor): tf.Tensor =>
      denoise(targetTokens(data, latents, levels, data.context!));
  };

  const distance = (denoise: ReturnType<typeof readContext>, data: TensorGroup): tf.Scalar =>
    pseudoHuber(denoise(data.noisy!, data.levels!).sub(data.wanted!));

  return {
    parameters: { ...model.parameters, ...critic },
    batch: sequenceShapes(config, sizes, recipe.batch),
    frozen: tensorsOf(model.parameters, teacher),
    prepare(params, data, frozen) {
      const noise = { latents: data.noise!, levels: data.levels!.mul(0) };
      const context = imagineContext(data, recipe.contextRounds, (past) =>
        flow(model, params, data, past, noise, { count: passes, stride: 1 / passes }),
      );
      const past = contextTokens(data, context);
      const begin = { latents: mix(data.latents!, data.noise!, data.levels!), levels: data.levels! };
      const end = flow(model, frozen, data, past, begin, {
        count: recipe.teacherPasses,
        stride: 1 / passes / recipe.teacherPasses,
      });
      // The prediction whose one stride ends where the teacher's strides do.
      const remaining = spread(data.levels!.mul(-passes).add(passes));
      const wanted = begin.latents.add(end.sub(begin.latents).mul(remaining));
      const prepared = { ...data, context, noisy: begin.latents, wanted };
      if (recipe.adversary === undefined) return prepared;
      const judge = Object.keys(critic).map((name) => [name, params[name]!.clone()]);
      const nearly = flow(model, params, data, past, noise, { count: passes - 1, stride: 1 / passes });
      return { ...prepared, ...Object.fromEntries(judge), nearly };
    },
    loss(params, data) {
      const denoise = readContext(params, data);
      const own = distance(denoise, data);
      if (recipe.adversary === undefined) return own;
      const lastLevels = data.levels!.mul(0).add(1 - 1 / passes);
      const { persuasion, discernment } = contest(params, data, {
        filmed: picture(data.latents!),
        imagined: picture(denoise(data.nearly!, lastLevels)),
        noise: picture(data.contextNoise!),
      });
      return own.add(persuasion.mul(recipe.adversary)).add(discernment).asScalar();
    },
    measure: (params, data) => distance(readContext(params, data), data),
  };
}

function criticOf({ adversary }: FewStepRecipe, sizes: Sizes): ParameterSpecs {
  return adversary === undefined ? {} : criticParameters(sizes);
}
