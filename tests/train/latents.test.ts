import { mkdtemp, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openDataset, openFrameStore } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import { autoencoderParameters } from '../../src/model/autoencoder.ts';
import { initialise } from '../../src/model/parameters.ts';
import { seededRandom } from '../../src/random.ts';
import { type LatentStore, openLatents } from '../../src/train/latents.ts';
import { writeDataset } from '../world/tinyWorld.ts';
import { RECIPE } from './recipe.ts';

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'reverie-latents-'));
  await writeDataset(join(root, 'data'));
});

afterAll(() => rm(root, { recursive: true }));

async function encode(): Promise<LatentStore> {
  const dataset = await openDataset(join(root, 'data'));
  const frames = await openFrameStore(dataset);
  const weights = initialise(autoencoderParameters(RECIPE.autoencoder), seededRandom(1));
  try {
    return await openLatents(root, RECIPE, weights, dataset, frames);
  } finally {
    await frames.close();
  }
}

it('latents are of zero mean and unit variance, are encoded once, and are refused for other frames', async () => {
  const latents = await encode();
  const { episodes } = (await openDataset(join(root, 'data'))).info;
  const { channels } = RECIPE.autoencoder;
  const values = await latents.read(episodes[0]!, 0, episodes[0]!.length);
  await latents.close();
  for (let channel = 0; channel < channels; channel += 1) {
    const own = values.filter((_, index) => index % channels === channel);
    const mean = own.reduce((sum, value) => sum + value, 0) / own.length;
    const variance = own.reduce((sum, value) => sum + (value - mean) ** 2, 0) / own.length;
    expect(mean).toBeCloseTo(0, 3);
    expect(variance).toBeCloseTo(1, 2);
  }
  await (await encode()).close();
  await truncate(join(root, 'latents.bin'), 100);
  await expect(encode()).rejects.toThrow(UserError);
  await expect(encode()).rejects.toThrow(/is of other frames than .*data has now: remove/);
});
