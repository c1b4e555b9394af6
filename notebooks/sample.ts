import { existsSync } from 'node:fs';
import { type Dataset, ingest, renderSample } from 'reverie/data';
import { exportWorld, readConfig, train } from 'reverie/train';

/** What the notebooks make lies here. */
export const WORK = 'work';

const CLIP = { seconds: 16, width: 128, height: 96, fps: 20, seed: 3 };

/** A drive through a rendered town, labelled: what notebooks look at that are not about your own clip. */
export async function sampleDataset(): Promise<Dataset> {
  const video = existsSync(`${WORK}/town.mp4`) ? `${WORK}/town.mp4` : await renderSample(WORK, CLIP);
  return await ingest({ inputs: [video], out: `${WORK}/dataset` });
}

/**
 * A world learned from it by `configs/tiny.yaml`; one that is there already is taken as it is.
 *
 * @param overrides settings of the recipe, as in `dynamics.steps=10`
 * @returns its folder
 */
export async function sampleWorld(name: string, overrides: readonly string[] = []): Promise<string> {
  const world = `${WORK}/worlds/${name}`;
  if (existsSync(`${world}/world.json`)) return world;
  const { folder } = await sampleDataset();
  const run = `${WORK}/runs/${name}`;
  const config = await readConfig('../configs/tiny.yaml', overrides);
  await train({ config, data: folder, out: run, page: false, signal: new AbortController().signal });
  await exportWorld({
    run,
    out: world,
    name,
    description: 'A town that a notebook learned.',
    licence: 'CC0',
    attribution: '',
  });
  return world;
}
