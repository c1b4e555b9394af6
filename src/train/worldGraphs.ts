import * as tf from '@tensorflow/tfjs';
import type { Dataset } from '../data/types.ts';
import {
  encodeModel,
  type Graph,
  PORTABLE_PASSES,
  type TensorSpec,
  trace,
  withByteOutput,
} from '../engine/index.ts';
import { autoencoderParameters, decode, encode, REDUCTION } from '../model/autoencoder.ts';
import { openDynamics } from '../model/families.ts';
import type { Cache, Dynamics, FrameTokens, Sizes } from '../model/family.ts';
import { blend, reprojectionParameters } from '../model/reprojection.ts';
import { movePictures } from '../model/resampling.ts';
import { REPROJECTION } from '../world/manifest.ts';
import type { TrainConfig } from './config.ts';
import type { LatentStatistics } from './latents.ts';
import { sizesOf } from './sequences.ts';

/** The ONNX files of a world. */
export type WorldGraphs = Readonly<
  Record<'encoder.onnx' | 'decoder.onnx' | 'dynamics.onnx' | 'context.onnx', Uint8Array> & {
    [REPROJECTION]?: Uint8Array;
  }
>;

/**
 * The ONNX graphs of a world.
 *
 * @param autoencoder its weights, named `params/…`
 * @param dynamics their weights, named `params/…`
 * @param reprojection its weights, named `params/…`, where the recipe has it
 */
export function worldGraphs(
  config: TrainConfig,
  dataset: Dataset,
  statistics: LatentStatistics,
  autoencoder: ReadonlyMap<string, Float32Array>,
  dynamics: ReadonlyMap<string, Float32Array>,
  reprojection?: ReadonlyMap<string, Float32Array>,
): WorldGraphs {
  const { width, height } = dataset.info;
  const sizes = sizesOf(config, dataset.info);
  const model = openDynamics(config.dynamics, sizes);
  return {
    'encoder.onnx': encodeModel(encoderGraph(config, statistics, width, height), autoencoder),
    'decoder.onnx': encodeModel(decoderGraph(config, statistics, sizes), autoencoder),
    'dynamics.onnx': encodeModel(dynamicsGraph(model, sizes), dynamics),
    'context.onnx': encodeModel(contextGraph(model, sizes), dynamics),
    ...(reprojection && {
      [REPROJECTION]: encodeModel(
        reprojectionGraph(config, model, sizes),
        new Map([...dynamics, ...reprojection]),
      ),
    }),
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
    PORTABLE_PASSES,
  );
  return withPlainNames(graph);
}

function decoderGraph(config: TrainConfig, { mean, deviation }: LatentStatistics, { latent }: Sizes): Graph {
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
    PORTABLE_PASSES,
  );
  return withByteOutput(withPlainNames(graph), 'frames');
}

/** Inputs that tell the dynamics of one frame and of the frames before it, for so many sessions of the same ages. */
function frameInputs(
  { cache: { layers, tokens, heads, window, headDim } }: Dynamics,
  sizes: Sizes,
  sessions: number,
) {
  const { height, width, channels } = sizes.latent;
  const picture = { shape: [sessions, 1, height, width, channels] };
  const cache = { shape: [layers, sessions, tokens, heads, window, headDim] };
  return {
    latent: picture,
    level: { shape: [sessions, 1] },
    previous: picture,
    action: { shape: [sessions, 1, sizes.actions] },
    keys: cache,
    values: cache,
    ages: { shape: [window] },
  } satisfies Record<string, TensorSpec>;
}

type FrameInputs = Record<keyof ReturnType<typeof frameInputs>, tf.Tensor>;

function frameOf({ latent, previous, action, level }: FrameInputs): FrameTokens {
  return { latents: latent, previous, actions: action, levels: level };
}

function cacheOf({ keys, values, ages }: FrameInputs): Cache {
  return { keys, values, ages };
}

/** One denoising pass of a frame, for one session unless told otherwise. */
export function dynamicsGraph(model: Dynamics, sizes: Sizes, sessions = 1): Graph {
  return withPlainNames(
    trace(
      ({ params, io }) => ({ io: { prediction: model.denoiseFrame(params, frameOf(io), cacheOf(io)) } }),
      { params: model.parameters, io: frameInputs(model, sizes, sessions) },
      PORTABLE_PASSES,
    ),
  );
}

/** What a frame that is known leaves in the cache, for one session unless told otherwise. */
export function contextGraph(model: Dynamics, sizes: Sizes, sessions = 1): Graph {
  const graph = trace(
    ({ params, io }) => {
      const { keys, values } = model.rememberFrame(params, frameOf(io), cacheOf(io));
      return { io: { newKeys: keys, newValues: values } };
    },
    { params: model.parameters, io: frameInputs(model, sizes, sessions) },
    PORTABLE_PASSES,
  );
  return withPlainNames(graph);
}

/** What is shown of a frame, from what is decoded of it and from what was shown before; see `blend`. */
function reprojectionGraph(config: TrainConfig, model: Dynamics, { actions, latent }: Sizes): Graph {
  const picture = [1, latent.height * REDUCTION, latent.width * REDUCTION, 3] as const;
  const { height, width, channels } = latent;
  const graph = trace(
    ({ params, io }) => {
      const shift = model.shift!(params, io.previous, io.action).as4D(1, height, width, 2);
      const moved = movePictures(shift, io.shown.as4D(...picture));
      const frames = blend(params, moved, io.decoded.as4D(...picture));
      return { io: { frames: frames.mul(255).round() } };
    },
    {
      params: { ...model.parameters, ...reprojectionParameters(config.reprojection!.width) },
      io: {
        decoded: { shape: picture },
        shown: { shape: picture },
        previous: { shape: [1, 1, height, width, channels] },
        action: { shape: [1, 1, actions] },
      },
    },
    PORTABLE_PASSES,
  );
  return withByteOutput(withPlainNames(graph), 'frames');
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
