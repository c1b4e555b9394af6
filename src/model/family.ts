import type * as tf from '@tensorflow/tfjs';
import type { z } from 'zod';
import type { TensorGroup } from '../engine/index.ts';
import type { ParameterSpecs } from './parameters.ts';

/** A family's settings, from the schema of each key, with what all families have. */
export type SettingsOf<Shape extends z.ZodRawShape> = z.infer<z.ZodObject<Shape>> & {
  /** Past frames that are known at play. */
  readonly window: number;
};

/** A setting that does not go together with the others. */
export interface Fault {
  readonly key: string;
  readonly message: string;
}

/** What the footage and the autoencoder make of the sizes of the dynamics. */
export interface Sizes {
  /** Length of an action vector. */
  readonly actions: number;
  readonly latent: { readonly height: number; readonly width: number; readonly channels: number };
}

/**
 * Frames as dynamics meet them. Of each frame they see the latent, the one before it, the action that led from that
 * one to this one, and how much signal is left in the latent.
 */
export interface FrameTokens {
  /** [B, T, h, w, C] */
  readonly latents: tf.Tensor;
  /** [B, T, h, w, C], zeros before the first frame. */
  readonly previous: tf.Tensor;
  /** [B, T, A] */
  readonly actions: tf.Tensor;
  /** Signal levels [B, T], 0 (noise) … 1 (clean). */
  readonly levels: tf.Tensor;
}

/** What is kept of a frame at play, and of how many frames; the sizes of `Cache`. */
export interface CacheSizes {
  readonly layers: number;
  /** P */
  readonly tokens: number;
  readonly heads: number;
  readonly headDim: number;
  /** S */
  readonly window: number;
}

/** What is known of past frames at play, in tensors of fixed shape. */
export interface Cache {
  /** [layers, B, P, heads, S, headDim] */
  readonly keys: tf.Tensor;
  /** [layers, B, P, heads, S, headDim] */
  readonly values: tf.Tensor;
  /** How many frames before the present one each of the S slots is, [S]; `window + 1` marks an empty one. */
  readonly ages: tf.Tensor;
}

/**
 * A model of how a place goes on, one frame after the other. What it is trained on, how it is exported, evaluated
 * and played is the same for every family of models: all of it asks for nothing but this.
 */
export interface Dynamics {
  readonly parameters: ParameterSpecs;
  readonly cache: CacheSizes;
  /**
   * Takes in a sequence as context, as in training.
   *
   * @param context the frames, nearly clean
   * @returns one denoising pass: predicts the clean latents [B, T, h, w, C] of a sequence under noise, each frame
   *   from the context of the frames before it and from nothing else of the sequence
   */
  readSequence(params: TensorGroup, context: FrameTokens): (target: FrameTokens) => tf.Tensor;
  /** The same pass for one frame at play, T = 1, from what was kept of the frames before it. */
  denoiseFrame(params: TensorGroup, target: FrameTokens, cache: Cache): tf.Tensor;
  /**
   * Takes in one frame at play, T = 1.
   *
   * @returns what is kept of it, a slot of the cache, each [layers, B, P, heads, 1, headDim]
   */
  rememberFrame(
    params: TensorGroup,
    context: FrameTokens,
    cache: Cache,
  ): { readonly keys: tf.Tensor; readonly values: tf.Tensor };
  /**
   * Where each place of a frame was in the frame before it, of families that know.
   *
   * @param previous [B, T, h, w, C]
   * @param actions [B, T, A]
   * @returns in latent pixels from where it is now: right and down, [B, T, h, w, 2]
   */
  shift?(params: TensorGroup, previous: tf.Tensor, actions: tf.Tensor): tf.Tensor;
}
