import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadOpenCv } from '../../src/data/egomotion/opencv.ts';
import type { TensorGroup } from '../../src/engine/index.ts';
import { initialise } from '../../src/model/parameters.ts';
import { unmixed, warp, warpParameters } from '../../src/model/warp.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';

import { useReference } from '../engine/equality.ts';

const CONFIG = { actions: 2, latent: { height: 6, width: 8, channels: 3 } };
const { height, width, channels } = CONFIG.latent;
const PLACES = height * width;
/** What the learned fields are multiplied with. */
const GAIN = 8;

beforeAll(useReference);

function picture(seed: number): tf.Tensor {
  const values = fillNormal(seededRandom(seed), new Float32Array(PLACES * channels));
  return tf.tensor(values, [1, 1, height, width, channels]);
}

/** Parameters whose fields, one for each action, are given in latent pixels. */
function parametersWith(
  field: (action: number, place: number) => readonly [x: number, y: number],
): TensorGroup {
  const specs = warpParameters(CONFIG);
  const values = initialise(specs, seededRandom(1));
  const fields = Array.from({ length: CONFIG.actions }, (_, action) =>
    Array.from({ length: PLACES }, (_, place) => field(action, place).map((shift) => shift / GAIN)),
  );
  values.set('warp.fields', Float32Array.from(fields.flat(2)));
  return Object.fromEntries(
    [...values].map(([name, data]) => [name, tf.tensor(data, [...specs[name]!.shape])]),
  );
}

const action = (...values: number[]): tf.Tensor => tf.tensor(values, [1, 1, CONFIG.actions]);

describe('the warp of the previous latents', () => {
  it('is none without an action', () => {
    const before = picture(2);
    const after = warp(
      CONFIG,
      parametersWith(() => [1.3, -0.7]),
      before,
      action(0, 0),
    );
    expect(tf.max(after.sub(before).abs()).arraySync()).toBeLessThan(1e-6);
  });

  it('samples as OpenCV does, and is linear in the action', async () => {
    const { cv } = await loadOpenCv();
    const random = seededRandom(3);
    const shifts = Array.from(
      { length: 2 * PLACES },
      () => [2 * random.normal(), 2 * random.normal()] as const,
    );
    const before = picture(4);
    const [first, second] = [0.8, -0.5];
    const params = parametersWith((dimension, place) => shifts[dimension * PLACES + place]!);
    const found = await warp(CONFIG, params, before, action(first, second)).data();

    const source = cv.matFromArray(height, width, cv.CV_32FC3, Array.from(await before.data()));
    const at = (axis: 0 | 1) =>
      Array.from({ length: PLACES }, (_, place) => {
        const base = axis === 0 ? place % width : Math.floor(place / width);
        return base + first * shifts[place]![axis] + second * shifts[PLACES + place]![axis];
      });
    const [x, y] = [at(0), at(1)].map((values) => cv.matFromArray(height, width, cv.CV_32FC1, values));
    const out = new cv.Mat();
    cv.remap(source, out, x!, y!, cv.INTER_LINEAR, cv.BORDER_REPLICATE);
    // OpenCV places samples on a grid of 1/32 pixel.
    for (const [index, value] of out.data32F.entries())
      expect(Math.abs(found[index]! - value)).toBeLessThan(0.12);
    const mean =
      out.data32F.reduce((sum, value, index) => sum + Math.abs(value - found[index]!), 0) / found.length;
    expect(mean).toBeLessThan(0.03);
    for (const mat of [source, x!, y!, out]) mat.delete();
  });
});

describe('what is moved without mixing', () => {
  it('is what OpenCV finds nearest, and that times what is left of the shift', async () => {
    const { cv } = await loadOpenCv();
    const random = seededRandom(5);
    const before = picture(6);
    const shifts = Float32Array.from({ length: 2 * PLACES }, () => 2 * random.normal());
    const found = await unmixed(CONFIG, tf.tensor(shifts, [1, 1, height, width, 2]), before).data();

    const source = cv.matFromArray(height, width, cv.CV_32FC3, Array.from(await before.data()));
    const columns = Array.from({ length: PLACES }, (_, place) => (place % width) + shifts[2 * place]!);
    const lines = Array.from(
      { length: PLACES },
      (_, place) => Math.floor(place / width) + shifts[2 * place + 1]!,
    );
    const [x, y] = [columns, lines].map((values) => cv.matFromArray(height, width, cv.CV_32FC1, values));
    const out = new cv.Mat();
    cv.remap(source, out, x!, y!, cv.INTER_NEAREST, cv.BORDER_REPLICATE);
    for (const [index, value] of out.data32F.entries()) {
      const [place, channel] = [Math.floor(index / channels), index % channels];
      const [right, down] = [0, 1].map((axis) => {
        const shift = shifts[2 * place + axis]!;
        return 2 * (shift - Math.round(shift));
      }) as [number, number];
      for (const [part, factor] of [1, right, down, right * down].entries())
        expect(found[place * 4 * channels + part * channels + channel]).toBeCloseTo(value * factor, 4);
    }
    for (const mat of [source, x!, y!, out]) mat.delete();
  });
});
