import { z } from 'zod';

/** The dimensions an action vector may have, in the order in which datasets store them. */
export const MOTIONS = ['forward', 'strafe', 'vertical', 'yaw', 'pitch', 'roll'] as const;
export type Motion = (typeof MOTIONS)[number];

const positive = z.number().int().positive();

/**
 * `world.json`: everything a runtime has to know to play an exported world.
 *
 * A world is a folder that holds this manifest, four or five ONNX graphs and the start states. The tensors are
 * float32 and channels-last. P is `memory.tokens`, S is `memory.window`.
 *
 * - `encoder.onnx`: `frames` [1, H, W, 3] in 0…1 → `latents` [1, h, w, C] of about unit variance
 * - `decoder.onnx`: `latents` [1, h, w, C] → `frames` uint8 [1, H, W, 3], sRGB
 * - `dynamics.onnx`, one denoising pass of frame t: → `prediction` [1, 1, h, w, C] of the clean latent
 * - `context.onnx`, once for each frame t that is known: → its `newKeys` and `newValues`
 *   [layers, 1, P, heads, 1, headDim], which take a slot of the cache
 * - `reprojection.onnx`, where `files` names it, of frame t: `decoded` and `shown` [1, H, W, 3] in 0…1, what the decoder
 *   gives and the picture of frame t−1; `previous` and `action` as below → `frames` uint8 [1, H, W, 3], which are shown
 *   in place of what is decoded
 *
 * The two before take the same inputs: `latent` [1, 1, h, w, C] and its signal `level` [1, 1]; `previous`
 * [1, 1, h, w, C], the context latent of frame t−1; the `action` [1, 1, A] that led to t; the cache's `keys` and
 * `values` [layers, 1, P, heads, S, headDim]; `ages` [S], how many frames before t each slot is, `window + 1` for
 * an empty one. The cache holds the last S frames, in any order.
 *
 * A frame starts as noise at level 0 and takes `sampling.steps` passes in equal strides of level. Of what comes out a
 * share is taken, of the latent of the frame before the rest. It then becomes context: its context latent is
 * `level · latent + (1 − level) · noise`, and it enters `context.onnx` as `latent` at that level. As the largest size of
 * a value of the action goes from 0 to a quarter, the level goes from `stillLevel` to `contextLevel` and the share from
 * `stillShare` to 1, where both stay. Of the first frame, `previous` and `action` are zeros.
 *
 * Where `sampling.keyframes` is above 0, a frame is imagined from the nearest view that is remembered, rather than from
 * the frame before, where one is nearer to the pose that the action leads to (`keyframes.ts`).
 */
export const worldManifest = z.strictObject({
  format: z.literal('reverie-world'),
  version: z.literal(6),
  name: z.string().min(1),
  description: z.string(),
  licence: z.string(),
  attribution: z.string(),
  /** Size of a frame in pixels. */
  frame: z.strictObject({ width: positive, height: positive }),
  latent: z.strictObject({ width: positive, height: positive, channels: positive }),
  /** Frames per second of the footage the world was learned from; play speeds are in these units. */
  fps: z.number().positive(),
  actions: z
    .strictObject({
      /** The action vector's dimensions in order; values are displacement per frame divided by `scale`. */
      names: z.array(z.enum(MOTIONS)).min(1),
      /** Those of `names` that keys are for; the others, jolts of the camera, follow as the footage has it. */
      driven: z.array(z.enum(MOTIONS)).min(1),
      /** One normalised unit of each dimension: radians per frame for angles, relative units for translation. */
      scale: z.array(z.number().positive()),
      /** What the action is when nothing is pressed, normalised, per frame at `fps`. */
      rest: z.array(z.number()),
      /** What each key adds to `rest` while it is held, normalised, per frame at `fps`. */
      keys: z.record(z.string(), z.array(z.number())),
      /** Real action sequences, [length][dimension], that the world plays when nobody drives. */
      demos: z.array(z.array(z.array(z.number()))),
    })
    .refine(
      ({ names, scale, rest, keys, demos }) =>
        [scale, rest, ...Object.values(keys), ...demos.flat()].every(({ length }) => length === names.length),
      { error: 'every action needs as many values as there are names' },
    )
    .refine(({ names, driven }) => driven.every((name) => names.includes(name)), {
      error: 'what is driven is none of the names',
    }),
  sampling: z.strictObject({
    /** Denoising passes per frame. */
    steps: positive,
    /** Signal level, 0 (noise) … 1 (clean), at which past frames enter as context. */
    contextLevel: z.number().min(0).max(1),
    /** The same for frames at rest. */
    stillLevel: z.number().min(0).max(1),
    /** How much of a frame at rest is imagined anew; the rest is the frame before. */
    stillShare: z.number().positive().max(1),
    /** Views that are remembered with their poses, to be shown again; 0 for none. */
    keyframes: z.number().int().nonnegative(),
  }),
  /** The key-value cache. */
  memory: z.strictObject({
    /** Past frames that attention can see. */
    window: positive,
    layers: positive,
    heads: positive,
    headDim: positive,
    tokens: positive,
  }),
  /** First frames, raw little-endian float32 latents [count, h, w, C] in `starts.bin`. */
  starts: z.strictObject({ count: positive }),
  /** SHA-256 of each file of the folder, in hexadecimal. */
  files: z.record(z.string(), z.string()),
  /** How it was made: parameters, steps, minutes, data, losses. */
  training: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
});

export type WorldManifest = z.infer<typeof worldManifest>;

/** The graph that a world may lack. */
export const REPROJECTION = 'reprojection.onnx';

/** The files that playing a world needs, beside `world.json`; the encoder is for those who have footage. */
export function playedFiles({ files }: Pick<WorldManifest, 'files'>): string[] {
  const always = ['dynamics.onnx', 'context.onnx', 'decoder.onnx', 'starts.bin'];
  return REPROJECTION in files ? [...always, REPROJECTION] : always;
}
