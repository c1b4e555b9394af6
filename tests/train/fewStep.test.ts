import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDataset } from '../../src/data/index.ts';
import { openDynamics } from '../../src/model/families.ts';
import { initialise } from '../../src/model/parameters.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { fewStepStage } from '../../src/train/fewStepStage.ts';
import type { LatentStore } from '../../src/train/latents.ts';
import type { Stage } from '../../src/train/loop.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import { compileStep, initialState } from '../../src/train/step.ts';
import { makeTinyWorld, SIZE } from '../world/tinyWorld.ts';
import { RECIPE } from './recipe.ts';

let root: string;

beforeAll(async () => {
  root = await makeTinyWorld();
});

afterAll(() => rm(root, { recursive: true }));

const LATENTS: LatentStore = {
  statistics: { mean: [], deviation: [] },
  read: async (_, from, count) => {
    const size = (SIZE.width / 8) * (SIZE.height / 8) * RECIPE.autoencoder.channels;
    return Float32Array.from({ length: count * size }, (_, index) => Math.sin(index + 7 * from));
  },
  close: async () => {},
};

/** Random parameters, none of them zero: a model that only copies has nothing to distil. */
function teacherWeights(): Map<string, Float32Array> {
  const random = seededRandom(4);
  const weights = initialise(openDynamics(RECIPE.dynamics, sizesOf(RECIPE, SIZE)).parameters, random);
  for (const values of weights.values()) {
    if (values.every((value) => value === 0))
      fillNormal(random, values).forEach((v, i) => {
        values[i] = 0.2 * v;
      });
  }
  return weights;
}

async function stageWith(teacherPasses: number, adversary?: number): Promise<Stage> {
  const dataset = await openDataset(join(root, 'data'));
  const { steps, batch, rate, warmup, schedule, weightDecay, clipNorm, emaDecay, matrices } = RECIPE.dynamics;
  const recipe = { steps, batch, rate, warmup, schedule, weightDecay, clipNorm, emaDecay, matrices };
  const fewStep = { ...recipe, teacherPasses, contextRounds: 1, ...(adversary && { adversary }) };
  return fewStepStage({ ...RECIPE, fewStep }, fewStep, dataset, LATENTS, teacherWeights(), new Map());
}

/** Losses of training on one and the same batch. */
async function losses(stage: Stage, steps: number): Promise<number[]> {
  const { objective, optimiser } = stage;
  const step = await compileStep(objective, optimiser);
  const random = seededRandom(1);
  const state = initialState(objective, optimiser, random, stage.initial);
  const { batch } = await stage.sample(random);
  await step.load(state);
  const found: number[] = [];
  for (let count = 1; count <= steps; count += 1) found.push((await step.run([batch], 0.003, count)).loss);
  await step.release();
  return found;
}

describe('few-step distillation', () => {
  it('has nothing to learn from a teacher that takes the same strides', async () => {
    expect((await losses(await stageWith(1), 1))[0]).toBeLessThan(1e-6);
  });

  it('brings one pass to where the teacher comes in several, and leaves the teacher alone', async () => {
    const stage = await stageWith(3);
    const before = teacherWeights();
    const found = await losses(stage, 60);
    expect(found[0]).toBeGreaterThan(1e-4);
    expect(found.at(-1)).toBeLessThan(0.3 * found[0]!);
    const after = [...stage.objective.frozen!].map(([name, { data }]) => [name, data] as const);
    expect(new Map(after)).toEqual(before);
  });

  it('has a critic who learns to tell its pictures from footage, and moves them', async () => {
    const stage = await stageWith(1, 0.1);
    const found = await losses(stage, 40);
    // With nothing to distil the loss is the contest; undecided, it is 2 ln 2 for the critic and a tenth of ln 2.
    expect(found[0]).toBeCloseTo(2.1 * Math.log(2), 0);
    expect(found.at(-1)).toBeLessThan(0.8 * found[0]!);
  });
});
