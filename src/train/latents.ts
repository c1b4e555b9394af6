import { existsSync } from 'node:fs';
import { type FileHandle, open, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { startProgress } from '../cli/progress.ts';
import type { FrameStore } from '../data/frameStore.ts';
import type { Dataset, Episode } from '../data/types.ts';
import { Program, trace } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { autoencoderParameters, encode, REDUCTION } from '../model/autoencoder.ts';
import { unitValues } from '../pixels.ts';
import type { TrainConfig } from './config.ts';

/** Mean and standard deviation of each latent channel over the training episodes. */
export interface LatentStatistics {
  readonly mean: readonly number[];
  readonly deviation: readonly number[];
}

/** All frames of a dataset as latents of zero mean and unit variance, on disk. */
export interface LatentStore {
  readonly statistics: LatentStatistics;
  /** Latents of `count` frames of an episode, [count, h, w, C]. */
  read(episode: Episode, from: number, count: number): Promise<Float32Array>;
  close(): Promise<void>;
}

const statistics = z.object({ mean: z.array(z.number()), deviation: z.array(z.number().positive()) });
const BATCH = 16;
const FACTS = 'latents.json';

/**
 * Encodes the dataset once, into `latents.bin` and `latents.json` of the run folder, and opens it; an encoding
 * that is there already is used as it is.
 *
 * @throws UserError when that is of other footage: the dataset was made anew meanwhile
 */
export async function openLatents(
  run: string,
  config: TrainConfig,
  weights: ReadonlyMap<string, Float32Array>,
  dataset: Dataset,
  frames: FrameStore,
): Promise<LatentStore> {
  const { width, height, episodes } = dataset.info;
  const { channels } = config.autoencoder;
  const size = (height / REDUCTION) * (width / REDUCTION) * channels;
  const path = join(run, 'latents.bin');
  const facts = join(run, FACTS);
  if (!existsSync(facts)) {
    const found = await encodeAll(path, config, weights, dataset, frames, size);
    await writeFile(`${facts}.partial`, JSON.stringify(found));
    await rename(`${facts}.partial`, facts);
  }
  const known = await readStatistics(run);
  const total = episodes.reduce((sum, { length }) => sum + length, 0);
  if ((await stat(path)).size !== total * size * 4) {
    throw new UserError(
      `${path} is of other frames than ${dataset.folder} has now`,
      `remove ${facts} to encode them anew, or train into another folder`,
    );
  }
  const firsts = new Map<number, number>();
  let first = 0;
  for (const episode of episodes) {
    firsts.set(episode.index, first);
    first += episode.length;
  }
  const file = await open(path, 'r');
  return {
    statistics: known,
    async read(episode, from, count) {
      const data = new Float32Array(count * size);
      const bytes = new Uint8Array(data.buffer);
      await file.read(bytes, 0, bytes.length, (firsts.get(episode.index)! + from) * size * 4);
      for (let index = 0; index < data.length; ) {
        for (let channel = 0; channel < channels; channel += 1, index += 1) {
          data[index] = (data[index]! - known.mean[channel]!) / known.deviation[channel]!;
        }
      }
      return data;
    },
    close: () => file.close(),
  };
}

/**
 * Reads how the run's latents are normalised.
 *
 * @throws UserError when the run has not come that far
 */
export async function readStatistics(run: string): Promise<LatentStatistics> {
  const path = join(run, FACTS);
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UserError(`the autoencoder of ${run} is not trained yet`, 'run reverie train first');
  });
  return statistics.parse(JSON.parse(text));
}

async function encodeAll(
  path: string,
  config: TrainConfig,
  weights: ReadonlyMap<string, Float32Array>,
  dataset: Dataset,
  frames: FrameStore,
  size: number,
): Promise<LatentStatistics> {
  const { width, height, episodes } = dataset.info;
  const { channels } = config.autoencoder;
  const specs = autoencoderParameters(config.autoencoder);
  const graph = trace(
    ({ params, batch }) => ({
      out: { latents: encode(config.autoencoder, params, batch.frames.as4D(BATCH, height, width, 3)) },
    }),
    { params: specs, batch: { frames: { shape: [BATCH, height, width, 3] } } },
  );
  const program = await Program.compile(graph);
  const inputs = new Map(
    Object.entries(specs).map(([name, { shape }]) => [`params/${name}`, { shape, data: weights.get(name)! }]),
  );
  const total = episodes.reduce((sum, episode) => sum + episode.length, 0);
  const progress = startProgress('encode frames', total, 'frames');
  const sums = new Float64Array(channels);
  const squares = new Float64Array(channels);
  let counted = 0;
  let done = 0;
  let file: FileHandle | undefined;
  try {
    file = await open(`${path}.partial`, 'w');
    for (const episode of episodes) {
      for (let from = 0; from < episode.length; from += BATCH) {
        const count = Math.min(BATCH, episode.length - from);
        const pictures = await frames.read(episode, from, count);
        const data = new Float32Array(BATCH * height * width * 3);
        unitValues(pictures, data);
        inputs.set('batch/frames', { shape: [BATCH, height, width, 3], data });
        const latents = (await program.run(inputs)).get('out/latents')!.data.subarray(0, count * size);
        await file.write(new Uint8Array(latents.buffer, latents.byteOffset, latents.byteLength));
        done += count;
        progress.update(done);
        if (episode.split !== 'train') continue;
        for (let index = 0; index < latents.length; index += 1) {
          const value = Number(latents[index]);
          sums[index % channels]! += value;
          squares[index % channels]! += value * value;
        }
        counted += latents.length / channels;
      }
    }
    await file.sync();
  } finally {
    await file?.close();
    await program.release();
  }
  progress.stop();
  await rename(`${path}.partial`, path);
  const mean = [...sums].map((sum) => sum / counted);
  const deviation = mean.map((value, channel) =>
    Math.sqrt(Math.max(1e-6, squares[channel]! / counted - value * value)),
  );
  return { mean, deviation };
}
