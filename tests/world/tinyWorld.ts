import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { stringify } from 'yaml';
import { EPISODES_FILE, INFO_FILE, tablePath, VIDEO_KEY, videoPath } from '../../src/data/lerobot/schema.ts';
import { encodeTable } from '../../src/data/lerobot/table.ts';
import { encodeVideo } from '../../src/data/video/encode.ts';
import { autoencoderParameters } from '../../src/model/autoencoder.ts';
import { openDynamics } from '../../src/model/families.ts';
import type { ParameterSpecs } from '../../src/model/parameters.ts';
import { reprojectionParameters } from '../../src/model/reprojection.ts';
import { seededRandom } from '../../src/random.ts';
import { writeCheckpoint } from '../../src/train/checkpoint.ts';
import type { TrainConfig } from '../../src/train/config.ts';
import { exportWorld } from '../../src/train/export.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import { initialState, type Objective } from '../../src/train/step.ts';
import { MOTIONS } from '../../src/world/manifest.ts';
import { RECIPE } from '../train/recipe.ts';

export const SIZE = { width: 32, height: 16 };
const FRAMES = 40;

/** Exports a world with random weights the way a trained one is; returns a temporary folder with `world` in it. */
export async function makeTinyWorld(recipe: TrainConfig = RECIPE): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'reverie-world-'));
  const [data, run] = [join(root, 'data'), join(root, 'run')];
  await writeDataset(data);
  await write(join(run, 'run.yaml'), stringify({ config: recipe, data }));
  await write(join(run, 'latents.json'), JSON.stringify({ mean: [0.2, -0.1], deviation: [0.5, 0.8] }));
  await writeRandom(join(run, 'autoencoder.safetensors'), autoencoderParameters(RECIPE.autoencoder), 1);
  const dynamics = openDynamics(recipe.dynamics, sizesOf(recipe, SIZE));
  await writeRandom(join(run, 'dynamics.safetensors'), dynamics.parameters, 2);
  if (recipe.reprojection) {
    const { width } = recipe.reprojection;
    await writeRandom(join(run, 'reprojection.safetensors'), reprojectionParameters(width), 3);
  }
  const facts = { name: 'tiny', description: 'random', licence: 'CC0-1.0', attribution: 'nobody' };
  await exportWorld({ run, out: join(root, 'world'), ...facts });
  return root;
}

/** Random weights everywhere; zeros where training starts with them would make a world that stands still. */
async function writeRandom(path: string, parameters: ParameterSpecs, seed: number): Promise<void> {
  const objective: Objective = {
    parameters,
    batch: {},
    loss: () => {
      throw new Error('nothing is trained here');
    },
  };
  const random = seededRandom(seed);
  const state = initialState(objective, RECIPE.dynamics, random);
  for (const data of state.ema.values()) {
    if (data.every((value) => value === 0))
      for (const index of data.keys()) data[index] = 0.15 * random.normal();
  }
  await writeCheckpoint(path, objective, { step: 7, total: 7, random: random.state(), state });
}

/** A dataset of one episode, as small as they get. */
export async function writeDataset(folder: string): Promise<void> {
  const info = {
    codebase_version: 'v2.1',
    fps: 15,
    total_episodes: 1,
    total_frames: FRAMES,
    features: {
      [VIDEO_KEY]: { shape: [SIZE.height, SIZE.width, 3] },
      action: { names: MOTIONS },
    },
    reverie: { name: 'synthetic', actionScale: MOTIONS.map((_, index) => 0.5 + index) },
  };
  const episode = { episode_index: 0, length: FRAMES, source: 'made up', start_seconds: 0, split: 'train' };
  const random = seededRandom(3);
  const table = encodeTable({
    episode: 0,
    firstRow: 0,
    fps: info.fps,
    actions: Float32Array.from({ length: FRAMES * MOTIONS.length }, () => random.normal()),
    dimensions: MOTIONS.length,
    confidence: Array(FRAMES).fill(1),
    keys: Array(FRAMES).fill(''),
  });
  await write(join(folder, INFO_FILE), JSON.stringify(info));
  await write(join(folder, EPISODES_FILE), `${JSON.stringify(episode)}\n`);
  const pictures = Array.from({ length: FRAMES }, (_, frame) =>
    Uint8Array.from({ length: SIZE.width * SIZE.height * 3 }, (_, byte) => (byte * 3 + frame * 5) % 256),
  );
  await encodeVideo(join(folder, videoPath(0)), pictures, { ...SIZE, fps: info.fps });
  await write(join(folder, tablePath(0)), table);
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, content);
}
