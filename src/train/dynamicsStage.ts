import * as tf from '@tensorflow/tfjs';
import type { Dataset, Episode } from '../data/types.ts';
import type { TensorGroup } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { REDUCTION } from '../model/autoencoder.ts';
import {
  type DynamicsConfig,
  dynamicsParameters,
  type FrameTokens,
  predictSequence,
} from '../model/dynamics.ts';
import { fillNormal, type Random } from '../random.ts';
import type { TrainConfig } from './config.ts';
import type { LatentStore } from './latents.ts';
import type { Stage } from './loop.ts';
import type { Objective } from './step.ts';
import { windowSampler } from './windows.ts';

/** Errors of a normalised latent well below this count as squares. */
const HUBER = 0.1;

/** The dynamics' sizes, which follow from the recipe and the size of the frames. */
export function dynamicsConfig(
  config: TrainConfig,
  size: { readonly width: number; readonly height: number },
): DynamicsConfig {
  const latent = {
    width: size.width / REDUCTION,
    height: size.height / REDUCTION,
    channels: config.autoencoder.channels,
  };
  const { patch } = config.dynamics;
  return {
    ...config.dynamics,
    patch: { width: largestDivisor(latent.width, patch), height: largestDivisor(latent.height, patch) },
    actions: config.actions.length,
    latent,
  };
}

/** The largest divisor of `length` that is at most `wanted`: nine rows of latents cannot be halved. */
function largestDivisor(length: number, wanted: number): number {
  let divisor = Math.min(wanted, length);
  while (length % divisor !== 0) divisor -= 1;
  return divisor;
}

/**
 * The second stage: the next latent from the past and the action.
 *
 * Each frame is a target under noise (flow matching with prediction of the clean latent, Lipman et al. 2023)
 * and context for the frames after it. In many sequences some or all of the context is what the model itself
 * imagined, from context that it imagined in the round before, so that at play it knows its own mistakes (a
 * parallel form of DAgger, Ross et al. 2011, in place of rollouts frame by frame).
 */
export async function dynamicsStage(
  config: TrainConfig,
  dataset: Dataset,
  latents: LatentStore,
): Promise<Stage> {
  const recipe = config.dynamics;
  const { batch, frames } = recipe;
  const model = dynamicsConfig(config, dataset.info);
  const episodes = dataset.info.episodes.filter(({ split, length }) => split === 'train' && length > frames);
  if (episodes.length === 0) {
    throw new UserError(
      `no training clip of ${dataset.folder} has ${frames + 1} frames`,
      'add longer footage',
    );
  }
  const actions = new Map<Episode, Float32Array>();
  for (const episode of episodes) actions.set(episode, await dataset.actions(episode));
  const columns = config.actions.map((name) => dataset.info.actionNames.indexOf(name));
  const { height, width, channels } = model.latent;
  const perFrame = height * width * channels;
  const drawWindow = windowSampler(episodes, frames);

  return {
    name: 'dynamics',
    optimiser: recipe,
    objective: dynamicsObjective(config, model),
    async sample(random) {
      const data = {
        latents: new Float32Array(batch * frames * perFrame),
        actions: new Float32Array(batch * frames * columns.length),
        noise: new Float32Array(batch * frames * perFrame),
        levels: new Float32Array(batch * frames),
        contextNoise: new Float32Array(batch * frames * perFrame),
        contextLevels: new Float32Array(batch * frames),
        selfContext: new Float32Array(batch * frames),
      };
      for (let row = 0; row < batch; row += 1) {
        const { episode, start } = drawWindow(random);
        data.latents.set(await latents.read(episode, start, frames), row * frames * perFrame);
        const motion = actions.get(episode)!;
        const contextLevel = recipe.contextFloor + (1 - recipe.contextFloor) * random.uniform();
        const share = random.uniform() < recipe.selfContext ? Math.min(1, 2 * random.uniform()) : 0;
        for (let frame = 0; frame < frames; frame += 1) {
          const place = row * frames + frame;
          data.levels[place] = random.uniform() < recipe.pureNoise ? 0 : random.uniform();
          data.contextLevels[place] = contextLevel;
          // The first frame has nothing to be imagined from: it stays real, as a start state is.
          data.selfContext[place] = frame > 0 && random.uniform() < share ? 1 : 0;
          if (frame === 0) continue;
          // The action that led to this frame stands in the row of the one before.
          const line = (start + frame - 1) * dataset.info.actionNames.length;
          for (const [index, column] of columns.entries()) {
            data.actions[place * columns.length + index] = motion[line + column]!;
          }
        }
      }
      fillNormal(random, data.noise);
      for (let row = 0; row < batch; row += 1) {
        driftingNoise(
          random,
          model.latent,
          data.contextNoise.subarray(row * frames * perFrame, (row + 1) * frames * perFrame),
        );
      }
      return data;
    },
  };
}

/** What the dynamics are trained on; see `dynamicsStage`. */
export function dynamicsObjective(config: TrainConfig, model: DynamicsConfig): Objective {
  const recipe = config.dynamics;
  const { batch, frames } = recipe;
  const { height, width, channels } = model.latent;
  const picture = [batch, frames, height, width, channels];
  return {
    parameters: dynamicsParameters(model),
    batch: {
      latents: { shape: picture },
      actions: { shape: [batch, frames, config.actions.length] },
      noise: { shape: picture },
      levels: { shape: [batch, frames] },
      contextNoise: { shape: picture },
      contextLevels: { shape: [batch, frames] },
      selfContext: { shape: [batch, frames] },
    },
    prepare(params, data) {
      const mask = spread(data.selfContext!);
      let clean = data.latents!;
      for (let round = 0; round < recipe.contextRounds; round += 1) {
        const context = contextTokens(data, clean);
        const blank = tokens(data, data.noise!, data.levels!.mul(0), context.latents);
        const imagined = predictSequence(model, params, context, blank);
        clean = data.latents!.add(imagined.sub(data.latents!).mul(mask));
      }
      return { ...data, context: contextTokens(data, clean).latents };
    },
    loss(params, data) {
      const context = tokens(data, data.context!, data.contextLevels!, data.context!);
      const target = tokens(data, mix(data.latents!, data.noise!, data.levels!), data.levels!, data.context!);
      return pseudoHuber(predictSequence(model, params, context, target).sub(data.latents!));
    },
  };
}

/**
 * Noise for the context of one sequence, of unit variance in all: a third of it white, a third the same for a
 * channel in every place and frame, a third the same in every frame for a coarse patch. The errors of a rollout
 * are of the latter kinds, tints and smears that stay, and a model that knows only white noise averages that
 * out and believes the rest.
 *
 * @param target [frames, h, w, C]
 */
function driftingNoise(random: Random, latent: DynamicsConfig['latent'], target: Float32Array): void {
  const { height, width, channels } = latent;
  const coarse = 4;
  const columns = Math.ceil(width / coarse);
  const tint = fillNormal(random, new Float32Array(channels));
  const smear = fillNormal(random, new Float32Array(Math.ceil(height / coarse) * columns * channels));
  const share = Math.sqrt(1 / 3);
  for (let index = 0; index < target.length; index += 1) {
    const channel = index % channels;
    const place = Math.floor(index / channels) % (height * width);
    const row = Math.floor(place / width / coarse);
    const patch = row * columns + Math.floor((place % width) / coarse);
    target[index] = share * (random.normal() + tint[channel]! + smear[patch * channels + channel]!);
  }
}

/**
 * The mean of √(x² + ε²) − ε (Charbonnier et al. 1994): quadratic for small errors, absolute for large ones. Where
 * the future is uncertain the best answer is then its median, which keeps edges, and not its mean, which blurs
 * a little more with every frame of a rollout.
 */
function pseudoHuber(error: tf.Tensor): tf.Scalar {
  return error
    .square()
    .add(HUBER ** 2)
    .sqrt()
    .sub(HUBER)
    .mean()
    .asScalar();
}

/** Past frames as the model meets them at play: a little noise over what was seen or imagined. */
function contextTokens(data: TensorGroup, clean: tf.Tensor): FrameTokens {
  const noisy = mix(clean, data.contextNoise!, data.contextLevels!);
  return tokens(data, noisy, data.contextLevels!, noisy);
}

/** `latents` as frames whose predecessors are those of `context`. */
function tokens(data: TensorGroup, latents: tf.Tensor, levels: tf.Tensor, context: tf.Tensor): FrameTokens {
  const [batch, frames, ...picture] = context.shape as [number, number, number, number, number];
  const previous = tf.concat(
    [tf.zeros([batch, 1, ...picture]), context.slice([0, 0, 0, 0, 0], [batch, frames - 1, ...picture])],
    1,
  );
  return { latents, previous, actions: data.actions!, levels };
}

/** The straight path from noise (level 0) to the clean latent (level 1). */
function mix(clean: tf.Tensor, noise: tf.Tensor, levels: tf.Tensor): tf.Tensor {
  const level = spread(levels);
  return clean.mul(level).add(noise.mul(tf.scalar(1).sub(level)));
}

function spread(perFrame: tf.Tensor): tf.Tensor {
  return perFrame.reshape([...perFrame.shape, 1, 1, 1]);
}
