import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openDataset } from '../data/index.ts';
import { UserError } from '../errors.ts';
import { isOfCritic } from '../model/critic.ts';
import type { WorldManifest } from '../world/manifest.ts';
import { worldCard } from './card.ts';
import { readFacts } from './facts.ts';
import { readStatistics } from './latents.ts';
import type { StageName } from './loop.ts';
import { bareManifest } from './manifest.ts';
import { type NamedTensor, readSafetensors } from './safetensors.ts';
import { imagineStarts } from './starts.ts';
import { worldGraphs } from './worldGraphs.ts';

export interface ExportOptions {
  /** Run folder. */
  readonly run: string;
  /** World folder to write; an older world there is replaced once the new one is whole. */
  readonly out: string;
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly attribution: string;
}

/**
 * Writes a trained run as a world: its ONNX graphs with the averaged weights in float16, imagined first
 * frames, and the manifest. No footage goes in.
 *
 * @throws UserError when a stage has no checkpoint yet, or another thing stands at `out`
 */
export async function exportWorld(options: ExportOptions): Promise<void> {
  refuseForeign(options.out);
  const { config, data } = await readFacts(options.run);
  const dataset = await openDataset(data);
  const autoencoder = await averagedWeights(options.run, 'autoencoder');
  const dynamics = await averagedWeights(options.run, 'dynamics');
  const final = config.fewStep ? await averagedWeights(options.run, 'fewStep') : dynamics;
  const reprojection = config.reprojection ? await averagedWeights(options.run, 'reprojection') : undefined;
  const statistics = await readStatistics(options.run);
  const manifest: WorldManifest = {
    ...(await bareManifest(config, dataset)),
    name: options.name,
    description: options.description,
    licence: options.licence,
    attribution: options.attribution,
    training: {
      data: dataset.info.name,
      frames: dataset.info.episodes.reduce(
        (sum, { length, split }) => sum + (split === 'train' ? length : 0),
        0,
      ),
      autoencoderSteps: autoencoder.step,
      dynamicsSteps: dynamics.step,
      ...(config.fewStep ? { distillationSteps: final.step } : {}),
      ...(reprojection ? { reprojectionSteps: reprojection.step } : {}),
      parameters: [autoencoder, final, reprojection].reduce((sum, part) => sum + count(part?.weights), 0),
    },
  };
  const graphs = worldGraphs(
    config,
    dataset,
    statistics,
    autoencoder.weights,
    final.weights,
    reprojection?.weights,
  );
  const starts = await imagineStarts(
    manifest,
    {
      encoder: graphs['encoder.onnx'],
      dynamics: graphs['dynamics.onnx'],
      context: graphs['context.onnx'],
    },
    dataset,
  );
  await writeWorld(options.out, manifest, { ...graphs, 'starts.bin': Buffer.concat(starts.map(bytesOf)) });
}

/** Only a world may be replaced. */
function refuseForeign(out: string): void {
  if (!existsSync(out) || existsSync(join(out, 'world.json'))) return;
  throw new UserError(`${out} exists and is not a world`, 'choose another --out');
}

async function writeWorld(
  out: string,
  manifest: WorldManifest,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<void> {
  const partial = `${out}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  const sums: Record<string, string> = {};
  for (const [name, bytes] of Object.entries(files)) {
    await writeFile(join(partial, name), bytes);
    sums[name] = createHash('sha256').update(bytes).digest('hex');
  }
  await writeFile(join(partial, 'README.md'), worldCard(manifest));
  await writeFile(
    join(partial, 'world.json'),
    `${JSON.stringify({ ...manifest, files: sums }, undefined, 1)}\n`,
  );
  refuseForeign(out);
  const old = `${out}.old`;
  await rm(old, { recursive: true, force: true });
  if (existsSync(out)) await rename(out, old);
  await rename(partial, out);
  await rm(old, { recursive: true, force: true });
}

async function averagedWeights(
  run: string,
  stage: StageName,
): Promise<{ weights: Map<string, Float32Array>; step: number }> {
  const path = join(run, `${stage}.safetensors`);
  if (!existsSync(path))
    throw new UserError(`the ${stage} of ${run} is not trained yet`, 'run reverie train first');
  const { tensors, metadata } = await readSafetensors(path);
  const { step } = JSON.parse(metadata.reverie ?? '{"step":0}') as { step: number };
  const ema = [...tensors].filter(
    ([name]) => name.startsWith('ema/') && !isOfCritic(name.replace('ema/', '')),
  );
  return {
    step,
    weights: new Map(
      ema.map(([name, tensor]: [string, NamedTensor]) => [name.replace('ema/', 'params/'), tensor.data]),
    ),
  };
}

function count(weights: ReadonlyMap<string, Float32Array> = new Map()): number {
  return [...weights.values()].reduce((sum, { length }) => sum + length, 0);
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
