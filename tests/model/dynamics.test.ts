import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorGroup } from '../../src/engine/index.ts';
import {
  denoise,
  denoiseFrame,
  dynamicsParameters,
  rememberFrame,
  rememberSequence,
  tokenCount,
} from '../../src/model/dynamics.ts';
import type { FrameTokens } from '../../src/model/family.ts';
import { initialise } from '../../src/model/parameters.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { useReference } from '../engine/equality.ts';
import { DYNAMICS } from './tiny.ts';

const FRAMES = 6;
const { latent, window, heads, width } = DYNAMICS;
const PICTURE = [latent.height, latent.width, latent.channels];

beforeAll(useReference);

describe('a sequence', () => {
  const params = parameters();
  const plain = sequence();

  it.each(['latent', 'action', 'level'] as const)(
    'does not let a changed %s reach earlier frames',
    async (part) => {
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 0, max: FRAMES - 1 }), async (frame) => {
          const before = framesOf(predict(params, plain));
          const after = framesOf(predict(params, changed(plain, part, frame)));
          expect(after.slice(0, frame)).toEqual(before.slice(0, frame));
          expect(after[frame]).not.toEqual(before[frame]);
        }),
        { seed: 1, numRuns: 3 },
      );
    },
  );

  it('reaches as far back as blocks of attention over the window do, and no further', () => {
    const before = framesOf(predict(params, plain));
    const after = framesOf(predict(params, changed(plain, 'context', 0)));
    // Frame 0 as context is seen by the frames after it.
    expect(after[0]).toEqual(before[0]);
    expect(after[1]).not.toEqual(before[1]);
    const short = { ...DYNAMICS, window: 1, temporal: [0] };
    const near = (data: Sequence): number[][] => framesOf(predict(parameters(short), data, short));
    const [one, two] = [near(plain), near(changed(plain, 'context', 0))];
    expect(two[1]).not.toEqual(one[1]);
    expect(two.slice(3)).toEqual(one.slice(3));
  });
});

describe('denoiseFrame and rememberFrame', () => {
  const deep = DYNAMICS;
  const shallow = { ...DYNAMICS, temporal: [0] };

  it.each([
    ['one block of attention over time', shallow],
    ['several', deep],
  ])('with a cache give what the whole sequence gives at once, however long the past: %s', (_, config) => {
    const params = parameters(config);
    const data = sequence();
    const expected = framesOf(predict(params, data, config));
    const size = [config.temporal.length, 1, tokenCount(config), heads, window, width / heads];
    const blank = tf.unstack(tf.zeros(size), 4).map((x) => x.expandDims(4));
    // A plain list of what the cache holds, oldest first: the ring buffer of a runtime is tested with the worlds.
    const past: { readonly keys: tf.Tensor; readonly values: tf.Tensor }[] = [];
    for (let frame = 0; frame < FRAMES; frame += 1) {
      const kept = past.slice(-window);
      const fill = (part: 'keys' | 'values'): tf.Tensor =>
        tf.concat([...kept.map((entry) => entry[part]), ...blank].slice(0, window), 4);
      const ages = Array.from({ length: window }, (_, slot) =>
        slot < kept.length ? kept.length - slot : window + 1,
      );
      const cache = { keys: fill('keys'), values: fill('values'), ages: tf.tensor1d(ages) };
      const prediction = denoiseFrame(config, params, at(data.target, frame), cache);
      for (const [index, value] of prediction.dataSync().entries()) {
        expect(value, `frame ${frame}`).toBeCloseTo(expected[frame]![index]!, 5);
      }
      past.push(rememberFrame(config, params, at(data.context, frame), cache));
    }
  });
});

interface Sequence {
  readonly context: FrameTokens;
  readonly target: FrameTokens;
}

function predict(params: TensorGroup, { context, target }: Sequence, config = DYNAMICS): tf.Tensor {
  return denoise(config, params, target, rememberSequence(config, params, context));
}

/** Random parameters; those that start at zero too, or nothing would reach anything. */
function parameters(config = DYNAMICS): TensorGroup {
  const random = seededRandom(5);
  const specs = dynamicsParameters(config);
  return Object.fromEntries(
    [...initialise(specs, random)].map(([name, data]) => {
      if (data.every((value) => value === 0))
        for (const index of data.keys()) data[index] = 0.2 * random.normal();
      return [name, tf.tensor(data, [...specs[name]!.shape])];
    }),
  );
}

function sequence(): Sequence {
  const random = seededRandom(8);
  const normal = (...shape: number[]): tf.Tensor =>
    tf.tensor(
      fillNormal(random, new Float32Array(shape.reduce((product, side) => product * side, 1))),
      shape,
    );
  const past = normal(1, FRAMES, ...PICTURE);
  const actions = normal(1, FRAMES, DYNAMICS.actions);
  return join(past, normal(1, FRAMES, ...PICTURE), actions, normal(1, FRAMES).sigmoid());
}

function join(past: tf.Tensor, latents: tf.Tensor, actions: tf.Tensor, levels: tf.Tensor): Sequence {
  const before = tf.concat([tf.zeros([1, 1, ...PICTURE]), past.slice([0, 0], [1, FRAMES - 1])], 1);
  return {
    context: { latents: past, previous: before, actions, levels: levels.mul(0).add(0.9) },
    target: { latents, previous: before, actions, levels },
  };
}

/** The sequence with one frame's part made another. */
function changed(
  { context, target }: Sequence,
  part: 'latent' | 'action' | 'level' | 'context',
  frame: number,
): Sequence {
  const nudge = (x: tf.Tensor, on: boolean): tf.Tensor => {
    if (!on) return x;
    const rank = x.shape.length;
    const mask = tf
      .oneHot(tf.tensor1d([frame], 'int32'), FRAMES)
      .reshape([1, FRAMES, ...Array(rank - 2).fill(1)]);
    return x.add(mask.cast('float32').mul(0.5));
  };
  return join(
    nudge(context.latents, part === 'context'),
    nudge(target.latents, part === 'latent'),
    nudge(target.actions, part === 'action'),
    nudge(target.levels, part === 'level'),
  );
}

/** One frame of a sequence. */
function at(tokens: FrameTokens, frame: number): FrameTokens {
  const pick = (x: tf.Tensor): tf.Tensor => tf.gather(x, tf.tensor1d([frame], 'int32'), 1);
  return {
    latents: pick(tokens.latents),
    previous: pick(tokens.previous),
    actions: pick(tokens.actions),
    levels: pick(tokens.levels),
  };
}

function framesOf(x: tf.Tensor): number[][] {
  return tf.unstack(x, 1).map((frame) => [...frame.dataSync()]);
}
