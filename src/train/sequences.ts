import type { Dataset, Episode } from '../data/types.ts';
import type { TensorSpec } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { REDUCTION } from '../model/autoencoder.ts';
import type { Sizes } from '../model/family.ts';
import type { Random } from '../random.ts';
import type { Motion } from '../world/manifest.ts';
import type { TrainConfig } from './config.ts';
import type { LatentStore } from './latents.ts';
import type { Drawn } from './loop.ts';
import { fillNoise } from './noise.ts';
import { type Window, windowSampler } from './windows.ts';

/** The sizes that follow from a recipe and the size of the frames. */
export function sizesOf(
  config: TrainConfig,
  frame: { readonly width: number; readonly height: number },
): Sizes {
  const [width, height] = [frame.width / REDUCTION, frame.height / REDUCTION];
  const { channels } = config.autoencoder;
  return { actions: motionsOf(config).length, latent: { width, height, channels } };
}

/** The dimensions of the action vector: those that keys drive, then the others that the model is told of. */
export function motionsOf({ actions, shake }: TrainConfig): Motion[] {
  return [...actions, ...shake];
}

/** Batches of sequences of latents, with the actions between them and all the noise that a step needs. */
export interface Sequences {
  readonly sizes: Sizes;
  /** `latents`, `noise` and `contextNoise` [B, T, h, w, C]; `actions` [B, T, A]; one number a frame else. */
  readonly shapes: Readonly<Record<string, TensorSpec>>;
  /** @param drawLevel the signal level of one target */
  sample(random: Random, drawLevel: () => number): Promise<Drawn>;
  /** The same, with no sequence at rest or reversed. */
  sampleAsFilmed(random: Random, drawLevel: () => number): Promise<Drawn>;
  /** Where held-out footage is long enough: the same of that, as it was filmed. */
  sampleHeldOut?(random: Random, drawLevel: () => number): Promise<Drawn>;
}

/**
 * The shapes of such a batch.
 *
 * @param batch sequences in a batch
 */
export function sequenceShapes(
  { dynamics: { frames } }: TrainConfig,
  { actions, latent }: Sizes,
  batch: number,
): Sequences['shapes'] {
  const picture = { shape: [batch, frames, latent.height, latent.width, latent.channels] };
  const number = { shape: [batch, frames] };
  return {
    latents: picture,
    actions: { shape: [batch, frames, actions] },
    noise: picture,
    levels: number,
    contextNoise: picture,
    contextLevels: number,
    selfContext: number,
  };
}

/**
 * Opens the training clips for the dynamics.
 *
 * @param batch sequences in a batch
 * @throws UserError when no clip is long enough
 */
export async function openSequences(
  config: TrainConfig,
  dataset: Dataset,
  latents: LatentStore,
  batch: number,
): Promise<Sequences> {
  const { frames, contextFloor, selfContext } = config.dynamics;
  const sizes = sizesOf(config, dataset.info);
  const longEnough = dataset.info.episodes.filter(({ length }) => length > frames);
  const episodes = longEnough.filter(({ split }) => split === 'train');
  const held = longEnough.filter(({ split }) => split === 'val');
  if (episodes.length === 0) {
    throw new UserError(
      `no training clip of ${dataset.folder} has ${frames + 1} frames`,
      'add longer footage',
    );
  }
  const actions = new Map<Episode, Float32Array>();
  for (const episode of longEnough) actions.set(episode, await dataset.actions(episode));
  const columns = motionsOf(config).map((name) => dataset.info.actionNames.indexOf(name));
  const { height, width, channels } = sizes.latent;
  const perFrame = height * width * channels;
  const sampleFrom = (clips: readonly Episode[], { still, reversed }: Shares): Sequences['sample'] => {
    const drawWindow = windowSampler(clips, frames);
    return async (random, drawLevel) => {
      const windows: Window[] = [];
      const footage: Promise<Float32Array>[] = [];
      const order: number[] = [];
      const data = {
        latents: new Float32Array(batch * frames * perFrame),
        actions: new Float32Array(batch * frames * columns.length),
        noise: new Float32Array(batch * frames * perFrame),
        levels: new Float32Array(batch * frames),
        contextNoise: new Float32Array(batch * frames * perFrame),
        contextLevels: new Float32Array(batch * frames),
        selfContext: new Float32Array(batch * frames),
      };
      for (let row = 0; row < batch; row += 1) {
        const window = drawWindow(random);
        const { episode, start } = window;
        windows.push(window);
        footage.push(latents.read(episode, start, frames));
        const kind = random.uniform();
        const direction = kind < still ? 0 : kind < still + reversed ? -1 : 1;
        const first = direction < 0 ? frames - 1 : 0;
        const motion = actions.get(episode)!;
        const contextLevel = contextFloor + (1 - contextFloor) * random.uniform();
        const share = random.uniform() < selfContext ? Math.min(1, 2 * random.uniform()) : 0;
        for (let frame = 0; frame < frames; frame += 1) {
          const place = row * frames + frame;
          const shown = first + direction * frame;
          order.push(shown);
          data.levels[place] = drawLevel();
          data.contextLevels[place] = contextLevel;
          // The first frame has nothing to be imagined from: it stays real, as a start state is.
          data.selfContext[place] = frame > 0 && random.uniform() < share ? 1 : 0;
          if (frame === 0) continue;
          // The motion from one frame to the next stands in the row of the earlier one.
          const line = (start + Math.min(shown, shown - direction)) * dataset.info.actionNames.length;
          for (const [index, column] of columns.entries()) {
            data.actions[place * columns.length + index] = direction * motion[line + column]!;
          }
        }
      }
      fillNoise(random, data.noise);
      for (let row = 0; row < batch; row += 1) {
        const sequence = data.contextNoise.subarray(row * frames * perFrame, (row + 1) * frames * perFrame);
        driftingNoise(random, sizes.latent, sequence);
      }
      const rows = await Promise.all(footage);
      for (const [place, shown] of order.entries()) {
        const row = rows[Math.floor(place / frames)]!;
        data.latents.set(row.subarray(shown * perFrame, (shown + 1) * perFrame), place * perFrame);
      }
      return { batch: data, windows };
    };
  };
  return {
    sizes,
    shapes: sequenceShapes(config, sizes, batch),
    sample: sampleFrom(episodes, config.dynamics),
    sampleAsFilmed: sampleFrom(episodes, AS_FILMED),
    ...(held.length > 0 && { sampleHeldOut: sampleFrom(held, AS_FILMED) }),
  };
}

/** Shares of sequences that are not shown as they were filmed. */
type Shares = Pick<TrainConfig['dynamics'], 'still' | 'reversed'>;

const AS_FILMED: Shares = { still: 0, reversed: 0 };

/**
 * Noise for the context of one sequence, of unit variance in all: a third of it white, a third the same for a
 * channel in every place and frame, a third the same in every frame for a coarse patch. The errors of a rollout
 * are of the latter kinds, tints and smears that stay, and a model that knows only white noise averages that
 * out and believes the rest.
 *
 * @param target [frames, h, w, C]
 */
function driftingNoise(random: Random, latent: Sizes['latent'], target: Float32Array): void {
  const { height, width, channels } = latent;
  const coarse = 4;
  const columns = Math.ceil(width / coarse);
  const tint = fillNoise(random, new Float32Array(channels));
  const smear = fillNoise(random, new Float32Array(Math.ceil(height / coarse) * columns * channels));
  const share = Math.sqrt(1 / 3);
  fillNoise(random, target);
  let index = 0;
  while (index < target.length) {
    for (let row = 0; row < height; row += 1) {
      for (let column = 0; column < width; column += 1) {
        const patch = (Math.floor(row / coarse) * columns + Math.floor(column / coarse)) * channels;
        for (let channel = 0; channel < channels; channel += 1, index += 1) {
          target[index] = share * (target[index]! + tint[channel]! + smear[patch + channel]!);
        }
      }
    }
  }
}
