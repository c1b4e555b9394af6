import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compileStateful, type TensorGroup, valueAndGradients } from '../../src/engine/index.ts';
import { criticParameters } from '../../src/model/critic.ts';
import { initialise } from '../../src/model/parameters.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { contest } from '../../src/train/adversary.ts';
import { useReference } from '../engine/equality.ts';

const SIZES = { actions: 1, latent: { height: 4, width: 4, channels: 2 } };
const { height, width, channels } = SIZES.latent;
const SHAPE: [number, number, number, number] = [2, height, width, channels];
const SIZE = 2 * height * width * channels;

beforeAll(useReference);

const normal = (seed: number): Float32Array => fillNormal(seededRandom(seed), new Float32Array(SIZE));

/** -1 in the left half of a picture, 1 in the right half. */
const side = (index: number): number => (Math.floor(index / channels) % width < width / 2 ? -1 : 1);

/** Footage has an edge of 2 down its middle. */
const filmed = (seed: number): Float32Array => normal(seed).map((value, index) => 0.1 * value + side(index));

function critic(seed: number): TensorGroup {
  const specs = criticParameters(SIZES);
  return Object.fromEntries(
    [...initialise(specs, seededRandom(seed))].map(([name, values]) => [
      name,
      tf.tensor(values, [...specs[name]!.shape]),
    ]),
  );
}

const largest = (x: tf.Tensor): number => x.abs().max().arraySync() as number;

describe('the contest of a model and its critic', () => {
  it('moves the critic by what it can tell alone, and the model by what persuades alone', () => {
    const start = { ...critic(1), imagined: tf.tensor4d(normal(2), SHAPE) };
    const judge = critic(1);
    const pictures = { filmed: tf.tensor4d(filmed(3), SHAPE), noise: tf.tensor4d(normal(4), SHAPE) };
    const gradientsOf = (persuades: number, discerns: number): TensorGroup =>
      valueAndGradients(start, ({ imagined, ...params }) => {
        const sides = contest(params, judge, { ...pictures, imagined: imagined as tf.Tensor4D });
        return sides.persuasion.mul(persuades).add(sides.discernment.mul(discerns)).asScalar();
      }).gradients;
    const persuasion = gradientsOf(1, 0);
    const discernment = gradientsOf(0, 1);
    expect(largest(persuasion['critic.in.weight']!)).toBe(0);
    expect(largest(persuasion.imagined!)).toBeGreaterThan(0);
    expect(largest(discernment['critic.in.weight']!)).toBeGreaterThan(0);
    expect(largest(discernment.imagined!)).toBe(0);
  });

  it('brings a blur to the edge that all footage has', async () => {
    const picture = { shape: SHAPE };
    const specs = {
      params: { ...criticParameters(SIZES), imagined: picture },
      batch: { filmed: picture, noise: picture },
    };
    const step = await compileStateful(
      ({ params, batch }) => {
        const judge = Object.fromEntries(
          Object.entries(params).map(([name, value]) => [name, value.clone()]),
        );
        const pictures = { filmed: batch.filmed as tf.Tensor4D, noise: batch.noise as tf.Tensor4D };
        const { gradients } = valueAndGradients(params, ({ imagined, ...critic }) => {
          const sides = contest(critic, judge, { ...pictures, imagined: imagined as tf.Tensor4D });
          return sides.persuasion.add(sides.discernment).asScalar();
        });
        const rate = (name: string): number => (name === 'imagined' ? 20 : 0.02);
        const moved = Object.entries(params).map(([name, value]) => [
          name,
          value.sub(gradients[name]!.mul(rate(name))),
        ]);
        return { params: Object.fromEntries(moved) };
      },
      specs,
      ['params'],
    );
    const values = initialise(criticParameters(SIZES), seededRandom(5));
    const imagined = new Float32Array(SIZE);
    values.set('imagined', imagined);
    await step.load(
      new Map(
        [...values].map(([name, data]) => [
          `params/${name}`,
          { shape: specs.params[name as 'imagined']!.shape, data },
        ]),
      ),
    );
    for (let count = 0; count < 300; count += 1) {
      await step.run(
        new Map([
          ['batch/filmed', { shape: SHAPE, data: filmed(2 * count) }],
          ['batch/noise', { shape: SHAPE, data: normal(2 * count + 1) }],
        ]),
      );
    }
    await step.read();
    await step.release();
    const edges = Array.from(imagined, (value, index) => 2 * value * side(index));
    const edge = edges.reduce((sum, value) => sum + value, 0) / edges.length;
    expect(edge).toBeGreaterThan(1);
    expect(edge).toBeLessThan(4);
  });
});
