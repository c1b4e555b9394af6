import type { Dataset } from '../data/types.ts';
import { openDynamics } from '../model/families.ts';
import type { WorldManifest } from '../world/manifest.ts';
import type { TrainConfig } from './config.ts';
import { deriveControls } from './controls.ts';
import { motionsOf, sizesOf } from './sequences.ts';

/** Start states that a world ships with. */
const STARTS = 6;
const DEMOS = 4;
const DEMO_FRAMES = 400;

/** What a recipe and a dataset make of a world's manifest, with nothing about its weights. */
export async function bareManifest(config: TrainConfig, dataset: Dataset): Promise<WorldManifest> {
  const sizes = sizesOf(config, dataset.info);
  const { width, height, fps, name } = dataset.info;
  const { passes: steps, contextLevel, stillLevel, stillShare, keyframes } = config.dynamics;
  return {
    format: 'reverie-world',
    version: 6,
    name: config.name,
    description: '',
    licence: 'not stated',
    attribution: '',
    frame: { width, height },
    latent: sizes.latent,
    fps,
    actions: await actionsOf(config, dataset),
    sampling: { steps, contextLevel, stillLevel, stillShare, keyframes },
    memory: openDynamics(config.dynamics, sizes).cache,
    starts: { count: STARTS },
    files: {},
    training: { data: name, frames: 0, autoencoderSteps: 0, dynamicsSteps: 0, parameters: 0 },
  };
}

async function actionsOf(config: TrainConfig, dataset: Dataset): Promise<WorldManifest['actions']> {
  const { actionNames, actionScale } = dataset.info;
  const columns = motionsOf(config).map((name) => actionNames.indexOf(name));
  const episodes = dataset.info.episodes.filter(({ split }) => split === 'train');
  const rows: number[][][] = [];
  for (const episode of episodes) {
    const values = await dataset.actions(episode);
    rows.push(
      Array.from({ length: episode.length }, (_, row) =>
        columns.map((column) => Number(values[row * actionNames.length + column]!.toFixed(3))),
      ),
    );
  }
  const { reversed } = config.dynamics;
  const seen = rows.flat();
  const learned = reversed > 0 ? [...seen, ...seen.map((row) => row.map((value) => 0 - value))] : seen;
  const longest = rows.toSorted((a, b) => b.length - a.length).slice(0, DEMOS);
  return {
    names: motionsOf(config),
    driven: config.actions,
    scale: columns.map((column) => actionScale[column]!),
    ...deriveControls(config.actions, config.shake, learned),
    demos: longest.map((demo) => demo.slice(0, DEMO_FRAMES)),
  };
}
