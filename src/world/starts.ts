import { Program } from '../engine/index.ts';
import { DynamicsState } from './dynamics.ts';
import type { WorldManifest } from './manifest.ts';

/** Denoising passes for a frame that nothing precedes: it has everything to invent. */
const FIRST_PASSES = 24;
/** Frames that a start drives on, until the picture has settled. */
const SETTLE_FRAMES = 24;

/**
 * Imagines a first frame from noise alone, then drives on as the footage did until the picture has settled.
 *
 * @param dynamics the bytes of `dynamics.onnx`
 * @returns a latent [h, w, C]
 */
export async function imagineStart(
  manifest: WorldManifest,
  dynamics: Uint8Array,
  seed: number,
): Promise<Float32Array> {
  const program = await Program.load(dynamics);
  try {
    const state = new DynamicsState(manifest, program, seed);
    let latent = await state.imagine(
      manifest.actions.names.map(() => 0),
      FIRST_PASSES,
    );
    const demo = manifest.actions.demos[seed % Math.max(1, manifest.actions.demos.length)] ?? [];
    for (const action of demo.slice(0, SETTLE_FRAMES))
      latent = await state.imagine(action, manifest.sampling.steps);
    return latent;
  } finally {
    await program.release();
  }
}
