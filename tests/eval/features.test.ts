import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { openFeatures } from '../../src/eval/features/features.ts';
import { openFeatureNetwork } from '../../src/eval/features/network.ts';
import { perceptualDistance } from '../../src/eval/features/perceptual.ts';
import { SIZE, sceneFrame } from './fakes.ts';
import { writeMeanNetwork } from './meanNetwork.ts';

const { width, height } = SIZE;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'reverie-features-'));
});
afterAll(() => rm(folder, { recursive: true }));

const meanNetwork = (input: string, shape: readonly number[]): Promise<string> =>
  writeMeanNetwork(path.join(folder, `${input}.onnx`), input, shape);

describe('an image network', () => {
  test('gets RGB planes in 0 … 1, and its outputs are told apart by rank', async () => {
    const network = await openFeatureNetwork(await meanNetwork('frames', [1, 3, height, width]));
    const rgb = new Uint8Array(width * height * 3).map((_, i) => [255, 51, 0][i % 3]!);
    const { maps, vector } = await network.features([{ width, height, rgb }]);
    expect([...vector]).toEqual([1, expect.closeTo(0.2, 5), 0]);
    expect(maps.map(({ channels, values }) => [channels, values.length])).toEqual([[3, 3 * width * height]]);
    await network.close();
  });

  test('measures the angle between the channel vectors, whatever their length', async () => {
    const network = await openFeatureNetwork(await meanNetwork('frames', [1, 3, height, width]));
    const flat = (r: number, g: number, b: number) => ({
      width,
      height,
      rgb: new Uint8Array(width * height * 3).map((_, i) => [r, g, b][i % 3]!),
    });
    // Colours at right angles: |u − v|² = 2.
    expect(await perceptualDistance(network, flat(200, 0, 0), flat(0, 100, 0))).toBeCloseTo(2, 5);
    expect(await perceptualDistance(network, flat(200, 0, 0), flat(100, 0, 0))).toBeCloseTo(0, 5);
    await network.close();
  });
});

describe('the metrics of a network', () => {
  test('of clips take 16 frames and find equal videos equal', async () => {
    const { metrics, close } = await openFeatures(await meanNetwork('clip', [1, 3, 16, height, width]));
    expect(metrics.map(({ id }) => id)).toEqual(['deep-frechet']);
    await close();
  });

  test('of pictures are two', async () => {
    const { metrics, close } = await openFeatures(await meanNetwork('frames', [1, 3, height, width]));
    expect(metrics.map(({ id }) => id)).toEqual(['perceptual', 'deep-frechet']);
    await close();
  });
});

describe('what is no feature network', () => {
  test.each([
    ['missing', async () => path.join(folder, 'nowhere.onnx'), 'cannot be read'],
    [
      'not ONNX',
      async () => {
        const file = path.join(folder, 'text.onnx');
        await writeFile(file, 'hello');
        return file;
      },
      'no ONNX network',
    ],
    ['other inputs', () => meanNetwork('image', [1, 3, 8, 8]), 'must have one input: frames'],
  ])('%s', async (_, make, message) => {
    const opened = openFeatures(await make());
    await expect(opened).rejects.toBeInstanceOf(UserError);
    await expect(opened).rejects.toThrow(message);
  });

  test('another size than it takes', async () => {
    const network = await openFeatureNetwork(await meanNetwork('frames', [1, 3, 8, 8]));
    await expect(network.features([sceneFrame(0)])).rejects.toThrow('resize its input itself');
    await network.close();
  });
});
