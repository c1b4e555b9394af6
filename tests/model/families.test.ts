import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { TensorGroup } from '../../src/engine/index.ts';
import { openDynamics } from '../../src/model/families.ts';
import type { Cache, Dynamics, FrameTokens } from '../../src/model/family.ts';
import { initialise } from '../../src/model/parameters.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { useReference } from '../engine/equality.ts';

const SIZES = { actions: 2, latent: { height: 3, width: 4, channels: 2 } };
const { height, width, channels } = SIZES.latent;
const WINDOW = 3;
const FRAMES = 6;
const ATTENTION = { width: 12, depth: 3, heads: 2, patch: 2, temporal: [0, 2], warp: true };
const FAMILIES: readonly (readonly [string, Dynamics])[] = [
  ['transformer', openDynamics({ family: 'transformer', ...ATTENTION, window: WINDOW }, SIZES)],
  ['flowWarp', openDynamics({ family: 'flowWarp', width: 8, depth: 2, memory: 3, window: WINDOW }, SIZES)],
];

beforeAll(useReference);

describe.each(FAMILIES)('%s', (_, dynamics) => {
  const params = parameters(dynamics);
  const context = sequence(1);
  const target = { ...sequence(2), previous: context.previous, actions: context.actions };

  it('gives at play, frame by frame from its cache, what it gives for a whole sequence', () => {
    const expected = framesOf(dynamics.readSequence(params, context)(target));
    const { layers, tokens, heads, headDim, window } = dynamics.cache;
    const blank = tf.zeros([layers, 1, tokens, heads, 1, headDim]);
    const past: { readonly keys: tf.Tensor; readonly values: tf.Tensor }[] = [];
    for (let frame = 0; frame < FRAMES; frame += 1) {
      const slots = Array.from({ length: window }, (_, slot) => past.at(-1 - slot));
      const fill = (part: 'keys' | 'values'): tf.Tensor =>
        tf.concat(
          slots.map((entry) => entry?.[part] ?? blank),
          4,
        );
      const ages = tf.tensor1d(slots.map((entry, slot) => (entry ? slot + 1 : window + 1)));
      const cache: Cache = { keys: fill('keys'), values: fill('values'), ages };
      const prediction = [...dynamics.denoiseFrame(params, at(target, frame), cache).dataSync()];
      for (const [index, value] of prediction.entries())
        expect(value, `frame ${frame}`).toBeCloseTo(expected[frame]![index]!, 5);
      past.push(dynamics.rememberFrame(params, at(context, frame), cache));
    }
  });

  it('looks back, further than one frame, and never ahead', () => {
    const before = framesOf(dynamics.readSequence(params, context)(target));
    const others = tf.split(sequence(3).latents, FRAMES, 1);
    const latents = tf.concat(
      tf.split(context.latents, FRAMES, 1).map((x, index) => (index === 2 ? others[index]! : x)),
      1,
    );
    const past = { ...context, latents, previous: shifted(latents) };
    const after = framesOf(dynamics.readSequence(params, past)({ ...target, previous: past.previous }));
    expect(after.slice(0, 3)).toEqual(before.slice(0, 3));
    expect(after[3]).not.toEqual(before[3]);
    expect(after[4]).not.toEqual(before[4]);
  });

  it('moves the last frame by the action before any training, and without one hardly changes it', () => {
    const untrained = tensors(dynamics, initialise(dynamics.parameters, seededRandom(3)));
    const under = (actions: tf.Tensor): number[] => {
      const past = { ...context, actions };
      return framesOf(dynamics.readSequence(untrained, past)({ ...target, actions }))[1]!;
    };
    const [last, still] = [framesOf(context.previous)[1]!, under(tf.zerosLike(context.actions))];
    const size = Math.hypot(...last);
    expect(distance(still, last)).toBeLessThan(0.2 * size);
    expect(distance(under(tf.onesLike(context.actions)), still)).toBeGreaterThan(0.2 * size);
  });
});

/** Random parameters; those that start at zero too, or nothing would reach anything. */
function parameters(dynamics: Dynamics): TensorGroup {
  const random = seededRandom(5);
  const values = initialise(dynamics.parameters, random);
  for (const data of values.values()) {
    if (data.some((value) => value !== 0)) continue;
    for (const index of data.keys()) data[index] = 0.2 * random.normal();
  }
  return tensors(dynamics, values);
}

function tensors({ parameters: specs }: Dynamics, values: ReadonlyMap<string, Float32Array>): TensorGroup {
  return Object.fromEntries(
    [...values].map(([name, data]) => [name, tf.tensor(data, [...specs[name]!.shape])]),
  );
}

function sequence(seed: number): FrameTokens {
  const random = seededRandom(seed);
  const normal = (...shape: number[]): tf.Tensor =>
    tf.tensor(
      fillNormal(random, new Float32Array(shape.reduce((product, side) => product * side, 1))),
      shape,
    );
  const latents = normal(1, FRAMES, height, width, channels);
  const actions = normal(1, FRAMES, SIZES.actions);
  return { latents, previous: shifted(latents), actions, levels: normal(1, FRAMES).sigmoid() };
}

/** Each frame's predecessor, zeros before the first. */
function shifted(latents: tf.Tensor): tf.Tensor {
  const frames = tf.split(latents, FRAMES, 1);
  return tf.concat([tf.zerosLike(frames[0]!), ...frames.slice(0, -1)], 1);
}

/** One frame of a sequence. */
function at(tokens: FrameTokens, frame: number): FrameTokens {
  const pick = (x: tf.Tensor): tf.Tensor => tf.split(x, FRAMES, 1)[frame]!;
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

function distance(a: readonly number[], b: readonly number[]): number {
  return Math.hypot(...a.map((value, index) => value - b[index]!));
}
