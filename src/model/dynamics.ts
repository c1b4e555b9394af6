import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import { type Memory, spatialAttention, temporalAttention } from './attention.ts';
import { CONDITION, condition, conditionParameters } from './condition.ts';
import type { Cache, FrameTokens } from './family.ts';
import { linear, parameter, rmsNorm, squaredRelu } from './layers.ts';
import { linearParameters, type ParameterSpecs } from './parameters.ts';
import { warp, warpParameters } from './warp.ts';

export interface DynamicsConfig {
  readonly width: number;
  readonly depth: number;
  readonly heads: number;
  /** The latent pixels that are one token. */
  readonly patch: { readonly height: number; readonly width: number };
  /** Blocks, counted from 0, that attend to past frames. */
  readonly temporal: readonly number[];
  /** Past frames that attention can see. */
  readonly window: number;
  /** Length of an action vector. */
  readonly actions: number;
  /** Whether the previous frame is first warped by the motion that the action stands for. */
  readonly warp: boolean;
  readonly latent: { readonly height: number; readonly width: number; readonly channels: number };
}

const MLP_RATIO = 4;

/** Tokens of one frame. */
export function tokenCount({ latent, patch }: DynamicsConfig): number {
  return (latent.height / patch.height) * (latent.width / patch.width);
}

/** Which parts of a block adaptive normalisation steers: each has a shift, a scale and a gate. */
function modulations(config: DynamicsConfig, block: number): number {
  return config.temporal.includes(block) ? 9 : 6;
}

/** The parameters of the dynamics; the head starts closed, so that it starts as "copy the last frame", warped. */
export function dynamicsParameters(config: DynamicsConfig): ParameterSpecs {
  const { width, depth, heads } = config;
  const tokens = tokenCount(config);
  const values = config.patch.height * config.patch.width * config.latent.channels;
  const specs: Record<string, ParameterSpecs[string]> = {
    ...linearParameters('tokens.in', (config.warp ? 3 : 2) * values, width),
    'tokens.position': { shape: [tokens, width], initial: { deviation: 0.02 } },
    ...conditionParameters(config.actions),
    ...linearParameters('head.modulation', CONDITION, 2 * width, 0),
    ...linearParameters('head.out', width, values, 0),
    ...(config.warp ? warpParameters(config) : {}),
  };
  for (let block = 0; block < depth; block += 1) {
    const name = `blocks.${block}`;
    Object.assign(
      specs,
      linearParameters(`${name}.modulation`, CONDITION, modulations(config, block) * width, 0.1),
      linearParameters(`${name}.spatial.in`, width, 3 * width),
      linearParameters(`${name}.spatial.out`, width, width),
      linearParameters(`${name}.mlp.in`, width, MLP_RATIO * width),
      linearParameters(`${name}.mlp.out`, MLP_RATIO * width, width),
      {
        [`${name}.spatial.bias`]: { shape: [heads, tokens, tokens], initial: { values: localBias(config) } },
      },
    );
    if (!config.temporal.includes(block)) continue;
    Object.assign(
      specs,
      linearParameters(`${name}.temporal.in`, width, 3 * width),
      linearParameters(`${name}.temporal.out`, width, width),
      { [`${name}.temporal.bias`]: { shape: [heads, config.window + 1], initial: 'zeros' as const } },
    );
  }
  return specs;
}

/** Half of the heads start out looking at their neighbourhood, the other half everywhere. */
function localBias(config: DynamicsConfig): Float32Array {
  const columns = config.latent.width / config.patch.width;
  const tokens = tokenCount(config);
  const bias = new Float32Array(config.heads * tokens * tokens);
  for (let head = 0; head < config.heads / 2; head += 1) {
    for (let a = 0; a < tokens; a += 1) {
      for (let b = 0; b < tokens; b += 1) {
        const distance = Math.hypot(
          (a % columns) - (b % columns),
          Math.floor(a / columns) - Math.floor(b / columns),
        );
        bias[(head * tokens + a) * tokens + b] = -distance / (1 + head);
      }
    }
  }
  return bias;
}

/** The last tokens back to latents, as a change of what is expected. */
function predict(config: DynamicsConfig, params: TensorGroup, { x, given, expected }: Stream): tf.Tensor {
  const parts = tf.split(linear(params, 'head.modulation', given).expandDims(2), 2, -1);
  return fromPatches(config, linear(params, 'head.out', modulate(x, parts)), expected.shape).add(expected);
}

/**
 * What runs through the blocks: tokens [B, F, P, D] and the condition [B, F, CONDITION] of F frames; beside them the
 * previous frame as it is expected to look now, [B, F, h, w, C].
 */
interface Stream {
  readonly x: tf.Tensor;
  readonly given: tf.Tensor;
  readonly expected: tf.Tensor;
}

function begin(config: DynamicsConfig, params: TensorGroup, frames: FrameTokens): Stream {
  const { latents, previous, actions } = frames;
  const expected = config.warp ? warp(config, params, previous, actions) : previous;
  const pictures = config.warp ? [latents, previous, expected] : [latents, previous];
  const patches = tf.concat(
    pictures.map((picture) => toPatches(config, picture)),
    -1,
  );
  const x = linear(params, 'tokens.in', patches).add(parameter(params, 'tokens.position'));
  return { x, given: condition(params, frames), expected };
}

/**
 * One block: attention over time where it has one, over the picture, then the MLP, each under adaptive
 * normalisation (Peebles & Xie 2023, "DiT").
 *
 * @param overTime attention over time
 */
function runBlock(
  config: DynamicsConfig,
  params: TensorGroup,
  block: number,
  { x, given, expected }: Stream,
  overTime: (normed: tf.Tensor) => tf.Tensor,
): Stream {
  const name = `blocks.${block}`;
  let parts = tf.split(
    linear(params, `${name}.modulation`, given).expandDims(2),
    modulations(config, block),
    -1,
  );
  let out = x;
  if (config.temporal.includes(block)) {
    out = out.add(overTime(modulate(out, parts)).mul(gateOf(parts)));
    parts = parts.slice(3);
  }
  out = out.add(spatialAttention(config, params, `${name}.spatial`, modulate(out, parts)).mul(gateOf(parts)));
  parts = parts.slice(3);
  const hidden = squaredRelu(linear(params, `${name}.mlp.in`, modulate(out, parts)));
  return { x: out.add(linear(params, `${name}.mlp.out`, hidden).mul(gateOf(parts))), given, expected };
}

function modulate(x: tf.Tensor, [shift, scale]: readonly tf.Tensor[]): tf.Tensor {
  return rmsNorm(x).mul(scale!.add(1)).add(shift!);
}

/** Gates start a little open: fully closed ones slow the first steps down, fully open ones are unstable. */
function gateOf([, , gate]: readonly tf.Tensor[]): tf.Tensor {
  return gate!.add(0.3);
}

/** Frames to look back at, as each block of attention over time has them. */
export interface Past {
  readonly layers: readonly Memory[];
  /** How long before each of F frames each of the M frames of the past was, [F, M]; above `window`: unseen. */
  readonly ages: tf.Tensor;
}

/**
 * Runs known frames through the blocks up to the last one that attends over time, for later frames to look back at.
 *
 * @param context the frames, nearly clean
 * @param past what they look back at themselves: frames less than `window` before; one another when left out
 * @returns their keys and values for each block of attention over time
 */
export function remember(
  config: DynamicsConfig,
  params: TensorGroup,
  context: FrameTokens,
  past?: Past,
): Memory[] {
  const ages = past?.ages ?? sequenceAges(context.latents.shape[1]!, config.window - 1, config.window + 1);
  const layers: Memory[] = [];
  let stream = begin(config, params, context);
  for (let block = 0; block <= Math.max(...config.temporal); block += 1) {
    stream = runBlock(config, params, block, stream, (normed) => {
      const name = `blocks.${block}.temporal`;
      const attention = temporalAttention(config, params, name, normed, ages, past?.layers[layers.length]);
      layers.push(attention.own);
      return attention.out;
    });
  }
  return layers;
}

/**
 * One denoising pass: predicts the clean latents of frames that look back at the past and at nothing else.
 *
 * @param target the frames under noise
 * @returns [B, T, h, w, C]
 */
export function denoise(
  config: DynamicsConfig,
  params: TensorGroup,
  target: FrameTokens,
  past: Past,
): tf.Tensor {
  let stream = begin(config, params, target);
  for (let block = 0; block < config.depth; block += 1) {
    stream = runBlock(config, params, block, stream, (normed) => {
      const memory = past.layers[config.temporal.indexOf(block)]!;
      return temporalAttention(config, params, `blocks.${block}.temporal`, normed, past.ages, memory).out;
    });
  }
  return predict(config, params, stream);
}

/**
 * The past of every frame of a sequence at once: the same sequence as context.
 *
 * Two streams share the weights. The context holds frames as they are at play, nearly clean; the target holds
 * each frame under noise and looks back at the context of the frames before it, so that every frame is trained
 * under play conditions (per-frame noise levels as in Chen et al. 2024, "Diffusion Forcing").
 */
export function rememberSequence(config: DynamicsConfig, params: TensorGroup, context: FrameTokens): Past {
  const frames = context.latents.shape[1]!;
  return {
    layers: remember(config, params, context),
    ages: sequenceAges(frames, config.window, config.window + 1),
  };
}

/** How many frames before the row's frame the column's is, [T, T]: 1 to `longest`, `none` for all others. */
function sequenceAges(frames: number, longest: number, none: number): tf.Tensor2D {
  return tf.tensor2d(
    Array.from({ length: frames }, (_, row) =>
      Array.from({ length: frames }, (_, column) => {
        const age = row - column;
        return age >= 1 && age <= longest ? age : none;
      }),
    ),
  );
}

/** `denoise` for one frame at play, T = 1. */
export function denoiseFrame(
  config: DynamicsConfig,
  params: TensorGroup,
  target: FrameTokens,
  cache: Cache,
): tf.Tensor {
  return denoise(config, params, target, { layers: layersOf(config, cache), ages: cache.ages.expandDims(0) });
}

/**
 * `remember` for one frame at play, T = 1.
 *
 * @returns what goes into a slot of the cache, each [layers, B, P, heads, 1, headDim]
 */
export function rememberFrame(
  config: DynamicsConfig,
  params: TensorGroup,
  context: FrameTokens,
  cache: Cache,
): { readonly keys: tf.Tensor; readonly values: tf.Tensor } {
  // Context reaches one frame less far back than a target does: itself stands in that place.
  const none = tf.fill(cache.ages.shape, config.window + 1);
  const ages = tf.where(cache.ages.less(config.window), cache.ages, none).expandDims(0);
  const layers = remember(config, params, context, { layers: layersOf(config, cache), ages });
  return {
    keys: tf.stack(layers.map(({ keys }) => keys)),
    values: tf.stack(layers.map(({ values }) => values)),
  };
}

function layersOf({ temporal }: DynamicsConfig, { keys, values }: Cache): Memory[] {
  return temporal.map((_, layer) => ({ keys: layerOf(keys, layer), values: layerOf(values, layer) }));
}

function layerOf(store: tf.Tensor, layer: number): tf.Tensor {
  const size = store.shape.slice(1);
  return store.slice([layer, 0, 0, 0, 0, 0], [1, ...size]).reshape(size);
}

/** [B, T, h, w, C] → [B, T, P, values of a patch]. */
function toPatches(config: DynamicsConfig, x: tf.Tensor): tf.Tensor {
  const [batch, frames] = x.shape as [number, number];
  const { patch, latent } = config;
  return x
    .reshape([
      -1,
      latent.height / patch.height,
      patch.height,
      latent.width / patch.width,
      patch.width * latent.channels,
    ])
    .transpose([0, 1, 3, 2, 4])
    .reshape([batch, frames, tokenCount(config), patch.height * patch.width * latent.channels]);
}

function fromPatches({ patch, latent }: DynamicsConfig, x: tf.Tensor, shape: readonly number[]): tf.Tensor {
  return x
    .reshape([
      -1,
      latent.height / patch.height,
      latent.width / patch.width,
      patch.height,
      patch.width * latent.channels,
    ])
    .transpose([0, 1, 3, 2, 4])
    .reshape([...shape]);
}
