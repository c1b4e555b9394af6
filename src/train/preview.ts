import type { FrameStore } from '../data/frameStore.ts';
import type { Dataset, Episode } from '../data/types.ts';
import { Program, trace } from '../engine/index.ts';
import { autoencoderParameters, decode, encode } from '../model/autoencoder.ts';
import { unitValues } from '../pixels.ts';
import { decodeLatent } from '../world/codec.ts';
import { DynamicsState } from '../world/dynamics.ts';
import { hostMemory } from '../world/memory.ts';
import type { Frame } from '../world/types.ts';
import type { TrainConfig } from './config.ts';
import type { LatentStore } from './latents.ts';
import { bareManifest } from './manifest.ts';
import { worldGraphs } from './worldGraphs.ts';

type Weights = ReadonlyMap<string, Float32Array>;

const COLUMNS = 6;
/** Frames from one picture of a rollout to the next. */
const STRIDE = 5;
const ROLLOUTS = 2;

/** Held-out frames above what the autoencoder makes of them. */
export async function previewAutoencoder(
  config: TrainConfig,
  weights: Weights,
  frames: FrameStore,
  held: readonly Episode[],
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Frame[][]> {
  const specs = autoencoderParameters(config.autoencoder);
  const graph = trace(
    ({ params, io }) => {
      const pictures = io.frames.as4D(1, height, width, 3);
      const out = decode(config.autoencoder, params, encode(config.autoencoder, params, pictures));
      return { out: { frames: out.clipByValue(0, 1).mul(255).round() } };
    },
    { params: specs, io: { frames: { shape: [1, height, width, 3] } } },
  );
  const program = await Program.compile(graph);
  const inputs = new Map(
    Object.entries(specs).map(([name, { shape }]) => [`params/${name}`, { shape, data: weights.get(name)! }]),
  );
  const rows: [Frame[], Frame[]] = [[], []];
  try {
    for (let column = 0; column < COLUMNS; column += 1) {
      const episode = held[Math.floor((column * held.length) / COLUMNS)]!;
      const rgb = await frames.read(episode, Math.floor((column * episode.length) / COLUMNS), 1);
      const data = unitValues(rgb);
      inputs.set('io/frames', { shape: [1, height, width, 3], data });
      const out = (await program.run(inputs)).get('out/frames')!.data;
      rows[0].push({ width, height, rgb });
      rows[1].push({ width, height, rgb: Uint8Array.from(out, Number) });
    }
  } finally {
    await program.release();
  }
  return rows;
}

/** Rollouts from held-out footage under its own actions, each below what was filmed, five frames apart. */
export async function previewRollouts(
  config: TrainConfig,
  weights: Weights,
  dataset: Dataset,
  latents: LatentStore,
  autoencoder: Weights,
): Promise<Frame[][]> {
  const manifest = await bareManifest(config, dataset);
  const { window } = manifest.memory;
  const span = window + (COLUMNS - 1) * STRIDE + 1;
  const places = dataset.info.episodes
    .filter(({ split, length }) => split === 'val' && length > span)
    .slice(0, ROLLOUTS);
  const graphs = worldGraphs(config, dataset, latents.statistics, inGraph(autoencoder), inGraph(weights));
  const programs = {
    dynamics: await Program.load(graphs['dynamics.onnx']),
    context: await Program.load(graphs['context.onnx']),
  };
  const decoder = await Program.load(graphs['decoder.onnx']);
  try {
    const rows: Frame[][] = [];
    for (const [seed, episode] of places.entries()) {
      const state = new DynamicsState(manifest, hostMemory(manifest, programs), seed);
      const { actionNames } = dataset.info;
      const motion = await dataset.actions(episode);
      const actionTo = (frame: number): number[] =>
        manifest.actions.names.map((name) =>
          frame === 0 ? 0 : motion[(frame - 1) * actionNames.length + actionNames.indexOf(name)]!,
        );
      for (let frame = 0; frame < window; frame += 1) {
        await state.accept(await latents.read(episode, frame, 1), actionTo(frame));
      }
      const [filmed, imagined]: [Frame[], Frame[]] = [[], []];
      for (let ahead = 0; ahead < span - window; ahead += 1) {
        const frame = window + ahead;
        const latent = await state.imagine(actionTo(frame), manifest.sampling.steps);
        await state.accept(latent, actionTo(frame));
        if (ahead % STRIDE !== 0) continue;
        imagined.push(await decodeLatent(manifest, decoder, latent));
        filmed.push({ ...manifest.frame, rgb: await dataset.frames(episode, frame, 1) });
      }
      rows.push(filmed, imagined);
    }
    return rows;
  } finally {
    for (const program of [programs.dynamics, programs.context, decoder]) await program.release();
  }
}

/** Weights by the names that graphs have for them. */
function inGraph(weights: Weights): Map<string, Float32Array> {
  return new Map([...weights].map(([name, data]) => [`params/${name}`, data]));
}
