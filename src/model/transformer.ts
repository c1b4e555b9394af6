import { z } from 'zod';
import {
  type DynamicsConfig,
  denoise,
  denoiseFrame,
  dynamicsParameters,
  rememberFrame,
  rememberSequence,
  tokenCount,
} from './dynamics.ts';
import type { Dynamics, Fault, SettingsOf, Sizes } from './family.ts';

const count = z.number().int().positive();

/** What a recipe says of a causal space-time transformer; the family of a recipe that names none. */
export const transformerSettings = {
  family: z
    .literal('transformer')
    .optional()
    .default('transformer')
    .describe('A causal space-time transformer.'),
  width: count.describe('Features of a token.'),
  depth: count.describe('Blocks.'),
  heads: count.describe('Heads of each attention.'),
  patch: count.describe(
    'Side of the square of latent pixels that is one token; smaller along a side that it does not divide.',
  ),
  temporal: z
    .array(z.number().int().nonnegative())
    .min(1)
    .describe('Blocks, counted from 0, that attend to past frames.'),
  warp: z
    .boolean()
    .default(true)
    .describe("Whether the previous frame is warped by the action's motion before it is looked at."),
};

export type TransformerSettings = SettingsOf<typeof transformerSettings>;

/** What in such settings does not go together. */
export function transformerFault({ width, heads, depth, temporal }: TransformerSettings): Fault | undefined {
  if (width % heads !== 0) return { key: 'heads', message: 'heads must divide width' };
  if (temporal.every((block, index) => block < depth && block > (temporal[index - 1] ?? -1))) return;
  return { key: 'temporal', message: 'blocks are counted from 0 to depth − 1, in rising order' };
}

/** A causal space-time transformer over the latent pixels of the frames. */
export function transformer(settings: TransformerSettings, sizes: Sizes): Dynamics {
  const config = transformerConfig(settings, sizes);
  const { temporal, heads, window, width } = config;
  return {
    parameters: dynamicsParameters(config),
    cache: { layers: temporal.length, tokens: tokenCount(config), heads, headDim: width / heads, window },
    readSequence(params, context) {
      const past = rememberSequence(config, params, context);
      return (target) => denoise(config, params, target, past);
    },
    denoiseFrame: (params, target, cache) => denoiseFrame(config, params, target, cache),
    rememberFrame: (params, context, cache) => rememberFrame(config, params, context, cache),
  };
}

/** The transformer's sizes: its tokens have to fit the latents. */
export function transformerConfig(settings: TransformerSettings, sizes: Sizes): DynamicsConfig {
  const { patch } = settings;
  const { width, height } = sizes.latent;
  return {
    ...settings,
    ...sizes,
    patch: { width: largestDivisor(width, patch), height: largestDivisor(height, patch) },
  };
}

/** The largest divisor of `length` that is at most `wanted`: nine rows of latents cannot be halved. */
function largestDivisor(length: number, wanted: number): number {
  let divisor = Math.min(wanted, length);
  while (length % divisor !== 0) divisor -= 1;
  return divisor;
}
