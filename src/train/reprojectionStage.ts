import * as tf from '@tensorflow/tfjs';
import type { FrameStore } from '../data/frameStore.ts';
import type { Dataset } from '../data/types.ts';
import { UserError } from '../errors.ts';
import { autoencoderParameters, decode, REDUCTION, reconstructionLoss } from '../model/autoencoder.ts';
import { openDynamics } from '../model/families.ts';
import type { Sizes } from '../model/family.ts';
import { blend, reprojectionParameters, textureLoss } from '../model/reprojection.ts';
import { movePictures } from '../model/resampling.ts';
import { unitValues } from '../pixels.ts';
import type { Random } from '../random.ts';
import type { TrainConfig } from './config.ts';
import { contextTokens, flow, imagineContext, targetTokens } from './flow.ts';
import { heldOutBatches } from './heldOut.ts';
import { tensorsOf } from './inputs.ts';
import type { LatentStatistics, LatentStore } from './latents.ts';
import type { Drawn, Stage } from './loop.ts';
import { fillNoise } from './noise.ts';
import { openSequences, type Sequences, sequenceShapes, sizesOf } from './sequences.ts';
import type { Objective } from './step.ts';

type ReprojectionRecipe = NonNullable<TrainConfig['reprojection']>;

/** What the amount of detail weighs against where it is. */
const TEXTURE = 5;

/** What the earlier stages learned, which stays as it is: averaged parameters. */
export interface Learned {
  readonly autoencoder: ReadonlyMap<string, Float32Array>;
  readonly dynamics: ReadonlyMap<string, Float32Array>;
}

/**
 * The last stage: how much of the picture that was shown before is in the one that is shown now (`blend`).
 *
 * A sequence is imagined from its first frame as at play, and its pictures are decoded. What is shown of each is
 * a blend with what was shown before, moved along, and is compared with what was filmed.
 *
 * @throws UserError when the dynamics do not say where things move, or no clip is long enough
 */
export async function reprojectionStage(
  config: TrainConfig,
  recipe: ReprojectionRecipe,
  dataset: Dataset,
  { latents, frames }: { readonly latents: LatentStore; readonly frames: FrameStore },
  learned: Learned,
): Promise<Stage> {
  const { sizes, sampleAsFilmed, sampleHeldOut } = await openSequences(
    config,
    dataset,
    latents,
    recipe.batch,
  );
  const count = config.dynamics.frames;
  const withPictures =
    (sample: Sequences['sampleAsFilmed']) =>
    async (random: Random): Promise<Drawn> => {
      const { batch, windows } = await sample(random, () => 0);
      const pictures = windows.map(({ episode, start }) => frames.read(episode, start, count));
      const asAtPlay = {
        contextLevels: new Float32Array(recipe.batch * count).fill(config.dynamics.contextLevel),
        contextNoise: fillNoise(random, new Float32Array(batch.contextNoise!.length)),
        selfContext: Float32Array.from({ length: recipe.batch * count }, (_, place) =>
          place % count === 0 ? 0 : 1,
        ),
      };
      return {
        batch: { ...batch, ...asAtPlay, pictures: unitValues(Buffer.concat(await Promise.all(pictures))) },
        windows,
      };
    };
  return {
    name: 'reprojection',
    optimiser: recipe,
    objective: reprojectionObjective(config, recipe, sizes, latents.statistics, learned),
    sample: withPictures(sampleAsFilmed),
    ...(sampleHeldOut && { heldOut: () => heldOutBatches(withPictures(sampleHeldOut)) }),
  };
}

/** Makes sure that the recipe's dynamics say where things move, which this stage needs. */
export function checkReprojection(
  config: TrainConfig,
  frame: { readonly width: number; readonly height: number },
): void {
  if (!config.reprojection || openDynamics(config.dynamics, sizesOf(config, frame)).shift) return;
  throw new UserError(
    `the ${config.dynamics.family} does not say where things move, which reprojection needs`,
    'leave reprojection out of the recipe, or take the family flowWarp',
  );
}

/** What is trained, on what; see `reprojectionStage`. */
export function reprojectionObjective(
  config: TrainConfig,
  recipe: ReprojectionRecipe,
  sizes: Sizes,
  { mean, deviation }: LatentStatistics,
  learned: Learned,
): Objective {
  const { passes, frames: count } = config.dynamics;
  const model = openDynamics(config.dynamics, sizes);
  const { shift } = model;
  if (!shift) throw new Error('these dynamics do not say where things move');
  const { latent } = sizes;
  const size = [latent.height * REDUCTION, latent.width * REDUCTION, 3] as const;
  const shownOf = recipe.batch * (count - 1);
  /** One frame of each sequence, [B, …]. */
  const at = (x: tf.Tensor, frame: number): tf.Tensor =>
    x.slice([0, frame], [recipe.batch, 1]).reshape([recipe.batch, ...x.shape.slice(2)]);
  /** All frames but the first, [B, T − 1, …]. */
  const later = (x: tf.Tensor): tf.Tensor => x.slice([0, 1], [recipe.batch, count - 1]);

  return {
    parameters: reprojectionParameters(recipe.width),
    batch: {
      ...sequenceShapes(config, sizes, recipe.batch),
      pictures: { shape: [recipe.batch, count, ...size] },
    },
    frozen: new Map([
      ...tensorsOf(autoencoderParameters(config.autoencoder), learned.autoencoder),
      ...tensorsOf(model.parameters, learned.dynamics),
    ]),
    prepare(params, data, frozen) {
      const noise = { latents: data.noise!, levels: data.levels!.mul(0) };
      const imagine = (past: Parameters<typeof flow>[3]): tf.Tensor =>
        flow(model, frozen, data, past, noise, { count: passes, stride: 1 / passes });
      const context = imagineContext(data, recipe.contextRounds, imagine);
      const tokens = contextTokens(data, context);
      const imagined = later(imagine(tokens)).reshape([-1, latent.height, latent.width, latent.channels]);
      const scaled = imagined.mul(tf.tensor1d([...deviation])).add(tf.tensor1d([...mean]));
      const decoded = decode(config.autoencoder, frozen, scaled as tf.Tensor4D)
        .clipByValue(0, 1)
        .reshape([recipe.batch, count - 1, ...size]);
      const { previous } = targetTokens(data, context, data.contextLevels!, context);
      const shifts = later(shift(frozen, previous, data.actions!));
      // What was shown is a matter of the frames before; only the last blend is learned from.
      let shown = at(data.pictures!, 0) as tf.Tensor4D;
      const moved: tf.Tensor[] = [];
      for (let frame = 0; frame < count - 1; frame += 1) {
        const here = movePictures(at(shifts, frame) as tf.Tensor4D, shown);
        moved.push(here);
        shown = blend(params, here, at(decoded, frame) as tf.Tensor4D);
      }
      return { moved: tf.stack(moved, 1), decoded, filmed: later(data.pictures!) };
    },
    loss(params, { moved, decoded, filmed }) {
      const [before, now, truth] = [moved!, decoded!, filmed!].map((x) => x.as4D(shownOf, ...size)) as [
        tf.Tensor4D,
        tf.Tensor4D,
        tf.Tensor4D,
      ];
      const shown = blend(params, before, now);
      return reconstructionLoss(shown, truth).add(textureLoss(shown, truth).mul(TEXTURE)).asScalar();
    },
  };
}
