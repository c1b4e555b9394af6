import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { openDataset } from '../data/index.ts';
import type { Dataset } from '../data/types.ts';
import { encodeModel, type Graph, type TensorSpec, trace, withByteOutput } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { autoencoderParameters, decode, encode } from '../model/autoencoder.ts';
import {
  type Cache,
  type DynamicsConfig,
  denoiseFrame,
  dynamicsParameters,
  type FrameTokens,
  rememberFrame,
  tokenCount,
} from '../model/dynamics.ts';
import type { WorldManifest } from '../world/manifest.ts';
import { WORLD_FILES } from '../world/world.ts';
import { worldCard } from './card.ts';
import type { TrainConfig } from './config.ts';
import { deriveControls } from './controls.ts';
import { type LatentStatistics, readStatistics } from './latents.ts';
import type { StageName } from './loop.ts';
import { readFacts } from './run.ts';
import { type NamedTensor, readSafetensors } from './safetensors.ts';
import { dynamicsConfig } from './sequences.ts';
import { imagineStarts } from './starts.ts';

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

/** Start states that a world ships with. */
const STARTS = 6;
const DEMOS = 4;
const DEMO_FRAMES = 400;

/**
 * Writes a trained run as a world: four ONNX graphs with the averaged weights in float16, imagined first
 * frames, and the manifest. No footage goes in.
 *
 * @throws UserError when a stage has no checkpoint yet, or another thing stands at `out`
 */
export async function exportWorld(options: ExportOptions): Promise<void> {
  refuseForeign(options.out);
  const { config, data } = await readFacts(options.run);
  const dataset = await openDataset(data);
  const model = dynamicsConfig(config, dataset.info);
  const autoencoder = await averagedWeights(options.run, 'autoencoder');
  const dynamics = await averagedWeights(options.run, 'dynamics');
  const final = config.fewStep ? await averagedWeights(options.run, 'fewStep') : dynamics;
  const statistics = await readStatistics(options.run);
  const { width, height } = dataset.info;
  const manifest: WorldManifest = {
    format: 'reverie-world',
    version: 2,
    name: options.name,
    description: options.description,
    licence: options.licence,
    attribution: options.attribution,
    frame: { width, height },
    latent: model.latent,
    fps: dataset.info.fps,
    actions: await actionsOf(config, dataset),
    sampling: { steps: config.dynamics.passes, contextLevel: config.dynamics.contextLevel },
    memory: {
      window: model.window,
      layers: model.temporal.length,
      heads: model.heads,
      headDim: model.width / model.heads,
      tokens: tokenCount(model),
    },
    starts: { count: STARTS },
    files: {},
    training: {
      data: dataset.info.name,
      frames: dataset.info.episodes.reduce(
        (sum, { length, split }) => sum + (split === 'train' ? length : 0),
        0,
      ),
      autoencoderSteps: autoencoder.step,
      dynamicsSteps: dynamics.step,
      ...(config.fewStep ? { fewStepSteps: final.step } : {}),
      parameters: count(autoencoder.weights) + count(final.weights),
    },
  };
  const graphs: Record<string, Uint8Array> = {
    'encoder.onnx': encodeModel(encoderGraph(config, statistics, width, height), autoencoder.weights),
    'decoder.onnx': encodeModel(decoderGraph(config, statistics, model), autoencoder.weights),
    'dynamics.onnx': encodeModel(dynamicsGraph(model), final.weights),
    'context.onnx': encodeModel(contextGraph(model), final.weights),
  };
  const starts = await imagineStarts(
    manifest,
    {
      encoder: graphs['encoder.onnx']!,
      dynamics: graphs['dynamics.onnx']!,
      context: graphs['context.onnx']!,
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
  for (const name of WORLD_FILES) {
    await writeFile(join(partial, name), files[name]!);
    sums[name] = createHash('sha256').update(files[name]!).digest('hex');
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
  const ema = [...tensors].filter(([name]) => name.startsWith('ema/'));
  return {
    step,
    weights: new Map(
      ema.map(([name, tensor]: [string, NamedTensor]) => [name.replace('ema/', 'params/'), tensor.data]),
    ),
  };
}

function count(weights: ReadonlyMap<string, Float32Array>): number {
  return [...weights.values()].reduce((sum, { length }) => sum + length, 0);
}

async function actionsOf(config: TrainConfig, dataset: Dataset): Promise<WorldManifest['actions']> {
  const { actionNames, actionScale } = dataset.info;
  const columns = config.actions.map((name) => actionNames.indexOf(name));
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
  const longest = rows.toSorted((a, b) => b.length - a.length).slice(0, DEMOS);
  return {
    names: config.actions,
    scale: columns.map((column) => actionScale[column]!),
    ...deriveControls(config.actions, rows.flat()),
    demos: longest.map((demo) => demo.slice(0, DEMO_FRAMES)),
  };
}

function encoderGraph(
  config: TrainConfig,
  { mean, deviation }: LatentStatistics,
  width: number,
  height: number,
): Graph {
  const specs = autoencoderParameters(config.autoencoder);
  const graph = trace(
    ({ params, io }) => {
      const latents = encode(config.autoencoder, params, io.frames.as4D(1, height, width, 3));
      return { io: { latents: latents.sub(tf.tensor1d([...mean])).div(tf.tensor1d([...deviation])) } };
    },
    { params: specs, io: { frames: { shape: [1, height, width, 3] } } },
  );
  return withPlainNames(graph);
}

function decoderGraph(
  config: TrainConfig,
  { mean, deviation }: LatentStatistics,
  { latent }: DynamicsConfig,
): Graph {
  const specs = autoencoderParameters(config.autoencoder);
  const shape = [1, latent.height, latent.width, latent.channels] as const;
  const graph = trace(
    ({ params, io }) => {
      const latents = io.latents
        .mul(tf.tensor1d([...deviation]))
        .add(tf.tensor1d([...mean]))
        .as4D(...shape);
      const frames = decode(config.autoencoder, params, latents).clipByValue(0, 1).mul(255).round();
      return { io: { frames } };
    },
    { params: specs, io: { latents: { shape } } },
  );
  return withByteOutput(withPlainNames(graph), 'frames');
}

/** Inputs that tell the dynamics of one frame and of the frames before it. */
function frameInputs(model: DynamicsConfig) {
  const { height, width, channels } = model.latent;
  const picture = { shape: [1, 1, height, width, channels] };
  const cache = {
    shape: [
      model.temporal.length,
      1,
      tokenCount(model),
      model.heads,
      model.window,
      model.width / model.heads,
    ],
  };
  return {
    latent: picture,
    level: { shape: [1, 1] },
    previous: picture,
    action: { shape: [1, 1, model.actions] },
    keys: cache,
    values: cache,
    ages: { shape: [model.window] },
  } satisfies Record<string, TensorSpec>;
}

type FrameInputs = Record<keyof ReturnType<typeof frameInputs>, tf.Tensor>;

function frameOf({ latent, previous, action, level }: FrameInputs): FrameTokens {
  return { latents: latent, previous, actions: action, levels: level };
}

function cacheOf({ keys, values, ages }: FrameInputs): Cache {
  return { keys, values, ages };
}

function dynamicsGraph(model: DynamicsConfig): Graph {
  return withPlainNames(
    trace(
      ({ params, io }) => ({ io: { prediction: denoiseFrame(model, params, frameOf(io), cacheOf(io)) } }),
      {
        params: dynamicsParameters(model),
        io: frameInputs(model),
      },
    ),
  );
}

function contextGraph(model: DynamicsConfig): Graph {
  const graph = trace(
    ({ params, io }) => {
      const { keys, values } = rememberFrame(model, params, frameOf(io), cacheOf(io));
      return { io: { newKeys: keys, newValues: values } };
    },
    { params: dynamicsParameters(model), io: frameInputs(model) },
  );
  return withPlainNames(graph);
}

/** The world's inputs and outputs without the group that tracing puts before their names. */
function withPlainNames(graph: Graph): Graph {
  const plain = new Map(
    graph.inputs.map((input) => [input, { ...input, name: input.name.replace(/^io\//, '') }]),
  );
  return {
    ...graph,
    inputs: graph.inputs.map((input) => plain.get(input)!),
    outputs: graph.outputs.map(({ name, value }) => ({ name: name.replace(/^io\//, ''), value })),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map((input) => plain.get(input) ?? input),
    })),
  };
}

function bytesOf(values: Float32Array): Buffer {
  return Buffer.from(values.buffer, values.byteOffset, values.byteLength);
}
