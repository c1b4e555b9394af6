import type { TensorSpec } from '../../src/engine/index.ts';
import type { AutoencoderConfig } from '../../src/model/autoencoder.ts';
import type { DynamicsConfig } from '../../src/model/dynamics.ts';

/** Models that are as small as they get with every kind of layer in them. */
export const AUTOENCODER: AutoencoderConfig = { channels: 3, widths: [8, 6, 4], depth: 1 };

export const DYNAMICS: DynamicsConfig = {
  width: 12,
  depth: 4,
  heads: 2,
  patch: { height: 1, width: 2 },
  temporal: [0, 2],
  window: 3,
  warp: true,
  actions: 2,
  latent: { height: 3, width: 4, channels: 2 },
};

/** The tensors that the dynamics take for a batch of sequences. */
export function framesOf(
  batch: number,
  frames: number,
  config = DYNAMICS,
): Readonly<Record<'latents' | 'context' | 'previous' | 'actions' | 'levels', TensorSpec>> {
  const { height, width, channels } = config.latent;
  const picture = { shape: [batch, frames, height, width, channels] };
  return {
    latents: picture,
    context: picture,
    previous: picture,
    actions: { shape: [batch, frames, config.actions] },
    levels: { shape: [batch, frames] },
  };
}
