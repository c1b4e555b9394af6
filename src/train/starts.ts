import { startProgress } from '../cli/progress.ts';
import type { Dataset, Episode } from '../data/types.ts';
import { Program } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { encodeFrame } from '../world/codec.ts';
import { DynamicsState } from '../world/dynamics.ts';
import type { WorldManifest } from '../world/manifest.ts';
import { hostMemory } from '../world/memory.ts';

/** Frames that are imagined on from a real moment: none of the footage itself goes into a world. */
const IMAGINED = 16;

/**
 * Imagines first frames: from moments spread evenly over the training footage, each is driven on for a while
 * as the footage was, so that a world starts in places that its model knows.
 *
 * @param graphs the bytes of `encoder.onnx`, `dynamics.onnx` and `context.onnx`
 * @returns latents [h, w, C], `manifest.starts.count` of them
 * @throws UserError when no training clip is long enough
 */
export async function imagineStarts(
  manifest: WorldManifest,
  graphs: { readonly encoder: Uint8Array; readonly dynamics: Uint8Array; readonly context: Uint8Array },
  dataset: Dataset,
): Promise<Float32Array[]> {
  const { width, height } = manifest.frame;
  const size = width * height * 3;
  const span = manifest.memory.window + IMAGINED;
  const moments = chooseMoments(dataset, span, manifest.starts.count);
  const progress = startProgress('imagine start frames', moments.length, 'frames');
  const encoder = await Program.load(graphs.encoder);
  const dynamics = await Program.load(graphs.dynamics);
  const context = await Program.load(graphs.context);
  try {
    const starts: Float32Array[] = [];
    for (const [seed, { episode, from }] of moments.entries()) {
      const state = new DynamicsState(manifest, hostMemory(manifest, { dynamics, context }), seed);
      const actions = await actionsFrom(manifest, dataset, episode, from, span);
      const seen = await dataset.frames(episode, from, manifest.memory.window);
      for (let frame = 0; frame < manifest.memory.window; frame += 1) {
        const picture = { width, height, rgb: seen.subarray(frame * size, (frame + 1) * size) };
        await state.accept(await encodeFrame(manifest, encoder, picture), actions[frame]!);
      }
      let latent: Float32Array = new Float32Array();
      for (const action of actions.slice(manifest.memory.window)) {
        latent = await state.imagine(action, manifest.sampling.steps);
        await state.accept(latent, action);
      }
      starts.push(latent);
      progress.update(starts.length);
    }
    return starts;
  } finally {
    progress.stop();
    await encoder.release();
    await dynamics.release();
    await context.release();
  }
}

function chooseMoments(dataset: Dataset, span: number, count: number): { episode: Episode; from: number }[] {
  const places = dataset.info.episodes
    .filter(({ split }) => split === 'train')
    .flatMap((episode) =>
      Array.from({ length: Math.max(0, episode.length - span) }, (_, index) => ({
        episode,
        from: index + 1,
      })),
    );
  if (places.length === 0) {
    throw new UserError(`no training clip of ${dataset.folder} has ${span + 1} frames`, 'add longer footage');
  }
  return Array.from(
    { length: count },
    (_, index) => places[Math.floor(((index + 0.5) * places.length) / count)]!,
  );
}

/** The world's actions that led to each of `count` frames from frame `from` on. */
async function actionsFrom(
  { actions: { names } }: WorldManifest,
  dataset: Dataset,
  episode: Episode,
  from: number,
  count: number,
): Promise<number[][]> {
  const { actionNames } = dataset.info;
  const rows = await dataset.actions(episode);
  return Array.from({ length: count }, (_, frame) =>
    names.map((name) => rows[(from + frame - 1) * actionNames.length + actionNames.indexOf(name)]!),
  );
}
