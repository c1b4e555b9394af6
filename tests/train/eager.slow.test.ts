import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { FrameStore } from '../../src/data/frameStore.ts';
import type { Dataset, Episode } from '../../src/data/types.ts';
import { type TensorGroup, type TensorGroups, valueAndGradients } from '../../src/engine/index.ts';
import { autoencoderParameters } from '../../src/model/autoencoder.ts';
import { openDynamics } from '../../src/model/families.ts';
import { initialise } from '../../src/model/parameters.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { autoencoderStage } from '../../src/train/autoencoderStage.ts';
import type { TrainConfig } from '../../src/train/config.ts';
import { dynamicsStage } from '../../src/train/dynamicsStage.ts';
import { fewStepStage } from '../../src/train/fewStepStage.ts';
import type { LatentStore } from '../../src/train/latents.ts';
import type { Stage } from '../../src/train/loop.ts';
import { update } from '../../src/train/optimiser/index.ts';
import { initialScaling } from '../../src/train/optimiser/lossScale.ts';
import { rateAt } from '../../src/train/optimiser/schedule.ts';
import { reprojectionStage } from '../../src/train/reprojectionStage.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import {
  type Batch,
  compileStep,
  initialState,
  STATE_GROUPS,
  type TrainState,
} from '../../src/train/step.ts';
import { useReference } from '../engine/equality.ts';
import { BLENDED, RECIPE } from './recipe.ts';

const STEPS = 50;
const SIZE = { width: 24, height: 16 };
const EPISODE: Episode = { index: 0, length: 12, source: 'ride.mp4', startSeconds: 0, split: 'train' };
/** Wide enough for Muon. */
const CONFIG: TrainConfig = {
  ...RECIPE,
  autoencoder: { ...RECIPE.autoencoder, batch: 1, rate: 0.003, warmup: 5 },
  dynamics: {
    ...RECIPE.dynamics,
    batch: 1,
    width: 32,
    depth: 1,
    temporal: [0],
    rate: 0.003,
    warmup: 5,
    matrices: 'muon',
  },
};

describe('training, compiled against the same functions run eagerly by tfjs', () => {
  it.each([
    ['autoencoder', autoencoder],
    ['dynamics', dynamics],
    ['fewStep', fewStep],
    ['reprojection', reprojection],
  ])('%s: the loss of each of 50 steps agrees to a thousandth', async (_, makeStage) => {
    const stage = await makeStage();
    const random = seededRandom(4);
    const compiled = initialState(stage.objective, stage.optimiser, random, stage.initial);
    let eager = structuredClone(compiled);
    const step = await compileStep(stage.objective, stage.optimiser);
    await step.load(compiled);
    await useReference();
    const losses: number[] = [];
    try {
      for (let done = 1; done <= STEPS; done += 1) {
        const { batch } = await stage.sample(random);
        const rate = rateAt(stage.optimiser, done, STEPS);
        const { loss } = await step.run([batch], rate, done);
        const reference = eagerStep(stage, eager, batch, rate, done);
        eager = reference.state;
        losses.push(loss);
        expect(Math.abs(loss / reference.loss - 1), `step ${done}`).toBeLessThan(1e-3);
      }
    } finally {
      await step.release();
    }
    expect(mean(losses.slice(-10)), 'nothing was learned').toBeLessThan(0.97 * mean(losses.slice(0, 10)));
  });
});

function autoencoder(): Stage {
  return autoencoderStage(CONFIG, [EPISODE], film(), SIZE);
}

function film(): FrameStore {
  const pixels = new Uint8Array(EPISODE.length * SIZE.height * SIZE.width * 3);
  for (const index of pixels.keys()) pixels[index] = 128 + 100 * Math.sin(index / 700) * Math.cos(index / 11);
  const perFrame = pixels.length / EPISODE.length;
  return {
    read: async (_, from, count) => pixels.subarray(from * perFrame, (from + count) * perFrame),
    close: async () => undefined,
  };
}

function dynamics(): Promise<Stage> {
  const { dataset, latents } = footage();
  return dynamicsStage(CONFIG, dataset, latents, new Map());
}

/** A student whose teacher goes somewhere: none of its parameters is zero. */
function fewStep(): Promise<Stage> {
  const { dataset, latents } = footage();
  const random = seededRandom(6);
  const teacher = initialise(openDynamics(CONFIG.dynamics, sizesOf(CONFIG, SIZE)).parameters, random);
  for (const values of teacher.values())
    for (const index of values.keys()) values[index]! += 0.1 * random.normal();
  const recipe = { ...CONFIG.dynamics, teacherPasses: 3, contextRounds: 1 };
  return fewStepStage(CONFIG, recipe, dataset, latents, teacher, new Map());
}

/**
 * Learns one batch by heart: from random dynamics and a random decoder there is nothing else to learn, and little at
 * that, since half of what is shown is what is decoded.
 */
async function reprojection(): Promise<Stage> {
  const config = { ...BLENDED, dynamics: { ...BLENDED.dynamics, batch: 1 } };
  const random = seededRandom(8);
  const learned = {
    autoencoder: initialise(autoencoderParameters(config.autoencoder), random),
    dynamics: initialise(openDynamics(config.dynamics, sizesOf(config, SIZE)).parameters, random),
  };
  const { dataset, latents } = footage();
  const recipe = { ...config.reprojection, batch: 1, rate: 0.02, warmup: 5 };
  const stage = await reprojectionStage(config, recipe, dataset, { latents, frames: film() }, learned);
  const drawn = await stage.sample(random);
  return { ...stage, sample: async () => drawn };
}

function footage(): { dataset: Dataset; latents: LatentStore } {
  const { height, width, channels } = sizesOf(CONFIG, SIZE).latent;
  const perFrame = height * width * channels;
  const random = seededRandom(9);
  const values = fillNormal(random, new Float32Array(EPISODE.length * perFrame));
  const latents = {
    statistics: { mean: [0, 0], deviation: [1, 1] },
    read: async (_: Episode, from: number, count: number) =>
      values.subarray(from * perFrame, (from + count) * perFrame),
    close: async () => undefined,
  };
  const dataset: Dataset = {
    folder: 'datasets/ride',
    info: {
      name: 'ride',
      fps: 15,
      ...SIZE,
      actionNames: CONFIG.actions,
      actionScale: CONFIG.actions.map(() => 1),
      episodes: [EPISODE],
    },
    actions: async ({ length }) =>
      fillNormal(seededRandom(2), new Float32Array(length * CONFIG.actions.length)),
    frames: () => Promise.reject(new Error('the dynamics see latents')),
  };
  return { dataset, latents };
}

function eagerStep(
  { objective, optimiser }: Stage,
  state: TrainState,
  batch: Batch,
  rate: number,
  step: number,
): { loss: number; state: TrainState } {
  tf.engine().startScope();
  try {
    const [params, ema, first, second] = STATE_GROUPS.map(
      (group): TensorGroup =>
        Object.fromEntries(
          [...state[group]].map(([name, data]) => [
            name,
            tf.tensor(data, [...objective.parameters[name]!.shape]),
          ]),
        ),
    ) as [TensorGroup, TensorGroup, TensorGroup, TensorGroup];
    const data = Object.fromEntries(
      Object.entries(objective.batch).map(([name, { shape }]) => [
        name,
        tf.tensor(Float32Array.from(batch[name]!, Number), [...shape]),
      ]),
    );
    const frozen = Object.fromEntries(
      [...(objective.frozen ?? [])].map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
    );
    const prepared = objective.prepare?.(params, data, frozen) ?? data;
    const { value, gradients } = valueAndGradients(params, (now) => objective.loss(now, prepared));
    const schedule = { rate: tf.scalar(rate), step: tf.scalar(step) };
    const { groups } = update(optimiser, params, gradients, { ema, first, second }, schedule);
    return { loss: value.arraySync(), state: toState(groups) };
  } finally {
    tf.engine().endScope();
  }
}

function toState(groups: TensorGroups): TrainState {
  const arrays = (group: (typeof STATE_GROUPS)[number]): Map<string, Float32Array> =>
    new Map(
      Object.entries(groups[group]!).map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync())]),
    );
  return {
    params: arrays('params'),
    ema: arrays('ema'),
    first: arrays('first'),
    second: arrays('second'),
    scaling: initialScaling(),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
