import { describe, expect, it } from 'vitest';
import type { Dataset, Episode } from '../../src/data/types.ts';
import { seededRandom } from '../../src/random.ts';
import type { TrainConfig } from '../../src/train/config.ts';
import type { LatentStore } from '../../src/train/latents.ts';
import { openSequences } from '../../src/train/sequences.ts';
import { RECIPE } from './recipe.ts';

const SIZE = { width: 16, height: 16 };
const EPISODE: Episode = { index: 0, length: 30, source: 'ride.mp4', startSeconds: 0, split: 'train' };
const HELD: Episode = { ...EPISODE, index: 1, split: 'val' };
const { frames } = RECIPE.dynamics;
const PER_FRAME = 2 * 2 * RECIPE.autoencoder.channels;

/** Stands at 10·n² in frame n, so that every motion between neighbours is another one. */
const standsAt = (frame: number): number => 10 * frame ** 2;

const DATASET: Dataset = {
  folder: 'rides',
  info: {
    name: 'rides',
    ...SIZE,
    fps: 20,
    episodes: [EPISODE, HELD],
    actionNames: ['yaw', 'forward'],
    actionScale: [1, 1],
  },
  actions: async () =>
    Float32Array.from({ length: 2 * EPISODE.length }, (_, index) => {
      const frame = Math.floor(index / 2);
      return index % 2 === 0 ? 0 : standsAt(frame + 1) - standsAt(frame);
    }),
  frames: async () => new Uint8Array(),
};

/** Every latent of a frame is where the camera stands. */
const LATENTS: LatentStore = {
  statistics: { mean: [], deviation: [] },
  read: async (_, from, count) =>
    Float32Array.from({ length: count * PER_FRAME }, (_, index) =>
      standsAt(from + Math.floor(index / PER_FRAME)),
    ),
  close: async () => {},
};

/** Where the camera stands in each frame of some sequences, and the motion into it. */
async function sequences(
  shares: Pick<TrainConfig['dynamics'], 'still' | 'reversed'>,
  from: 'sample' | 'sampleHeldOut' = 'sample',
): Promise<{ stands: number[]; forward: number[] }[]> {
  const config = { ...RECIPE, dynamics: { ...RECIPE.dynamics, ...shares } };
  const opened = await openSequences(config, DATASET, LATENTS, 40);
  const { batch } = await opened[from]!(seededRandom(1), () => 0);
  return Array.from({ length: 40 }, (_, row) => {
    const places = Array.from({ length: frames }, (_, frame) => row * frames + frame);
    return {
      stands: places.map((place) => Number(batch.latents![place * PER_FRAME])),
      forward: places.map((place) => Number(batch.actions![2 * place])),
    };
  });
}

const steps = ({ stands }: { stands: number[] }): number[] =>
  stands.slice(1).map((stand, index) => stand - stands[index]!);

describe('sequences for the dynamics', () => {
  it.each([
    ['as filmed', { still: 0, reversed: 0 }, 1],
    ['reversed', { still: 0, reversed: 1 }, -1],
    ['still', { still: 1, reversed: 0 }, 0],
  ] as const)(
    '%s: the action that leads into a frame is the motion into it',
    async (_, shares, direction) => {
      for (const sequence of await sequences(shares)) {
        expect(sequence.forward.slice(1)).toEqual(steps(sequence).map((step) => step + 0));
        for (const step of steps(sequence)) expect(Math.sign(step)).toBe(direction);
      }
    },
  );

  it('mixes them by their shares, and shows held-out footage as it was filmed', async () => {
    const shares = { still: 0.25, reversed: 0.25 };
    const signs = (await sequences(shares)).map((sequence) => Math.sign(steps(sequence)[0]!));
    for (const sign of [-1, 0]) {
      const share = signs.filter((found) => found === sign).length / signs.length;
      expect(share).toBeGreaterThan(0.1);
      expect(share).toBeLessThan(0.45);
    }
    for (const sequence of await sequences(shares, 'sampleHeldOut'))
      expect(Math.min(...steps(sequence))).toBeGreaterThan(0);
  });
});

it('the noise of the context is white, a tint of each channel and smears of coarse patches, in equal parts', async () => {
  const dataset = { ...DATASET, info: { ...DATASET.info, width: 48, height: 40 } };
  const [height, width, channels] = [5, 6, RECIPE.autoencoder.channels];
  const batch = 4000;
  const perFrame = height * width * channels;
  const latents = { ...LATENTS, read: async () => new Float32Array(frames * perFrame) };
  const opened = await openSequences(RECIPE, dataset, latents, batch);
  const { contextNoise } = (await opened.sample(seededRandom(3), () => 0)).batch;
  const at = (row: number, frame: number, y: number, x: number, channel: number): number =>
    Number(contextNoise![(row * frames + frame) * perFrame + (y * width + x) * channels + channel]);
  const mean = (product: (row: number) => number): number =>
    Array.from({ length: batch }, (_, row) => product(row)).reduce((sum, value) => sum + value, 0) / batch;
  const here = (row: number): number => at(row, 1, 3, 3, 1);
  for (const [other, expected] of [
    [here, 1],
    [(row: number) => at(row, 2, 3, 3, 1), 2 / 3],
    [(row: number) => at(row, 3, 0, 1, 1), 2 / 3],
    [(row: number) => at(row, 1, 3, 4, 1), 1 / 3],
    [(row: number) => at(row, 0, 4, 3, 1), 1 / 3],
    [(row: number) => at(row, 1, 3, 3, 0), 0],
    [(row: number) => at((row + 1) % batch, 1, 3, 3, 1), 0],
  ] as const) {
    expect(Math.abs(mean((row) => here(row) * other(row)) - expected)).toBeLessThan(0.09);
  }
});
