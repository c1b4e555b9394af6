import * as tf from '@tensorflow/tfjs';
import { z } from 'zod';
import type { TensorGroup } from '../engine/index.ts';
import { CONDITION, condition, conditionParameters } from './condition.ts';
import type { Cache, Dynamics, FrameTokens, SettingsOf, Sizes } from './family.ts';
import { convolution, linear, rmsNorm } from './layers.ts';
import { convolutionParameters, linearParameters, type ParameterSpecs } from './parameters.ts';
import { motion, move, shiftOf, unmixed, warpParameters } from './warp.ts';

const count = z.number().int().positive();

/** What a recipe says of a model that warps and refines. */
export const flowWarpSettings = {
  family: z.literal('flowWarp').describe('The last frame, warped by the action and mended.'),
  width: count.describe('Feature channels of the convolutions.'),
  depth: count.describe('Residual blocks of the refinement.'),
  memory: count.describe('Half of the channels of the memory that moves with the picture.'),
};

export type FlowWarpSettings = SettingsOf<typeof flowWarpSettings>;

/** Subtracted from the mask, so that at first nearly all of the warped frame is kept. */
const KEEP = 2;

/**
 * A convolutional model that moves what it knows by the action, then mends it.
 *
 * The last frame is warped by the motion that the action stands for (`motion`), and so is a memory of features which
 * gathers what the frames so far have shown of each place: several noisy looks at the same thing, aligned, hold more
 * detail than the last one (as in recurrent video super-resolution, Sajjadi et al. 2018). A few residual
 * convolutions then denoise the new frame from these: they say what of the warped frame to keep, by a mask, and what
 * to add, for instance at the border where nothing has been seen yet.
 */
export function flowWarp(settings: FlowWarpSettings, sizes: Sizes): Dynamics {
  const { height, width } = sizes.latent;
  const channels = 2 * settings.memory;
  const picture = (x: tf.Tensor): tf.Tensor4D =>
    x.reshape([-1, height, width, x.shape.at(-1)!]) as tf.Tensor4D;

  /** What is known of each frame before it is seen, moved to where it now has to be. */
  function expect(params: TensorGroup, frames: FrameTokens, memory: tf.Tensor): Expected {
    const { weights, shift } = motion(sizes, params, frames.previous, frames.actions);
    return {
      latents: move(weights, frames.previous),
      detail: unmixed(sizes, shift, frames.previous),
      memory: move(weights, memory),
      shift,
    };
  }

  /** The memory once a frame is seen: of each place a share is replaced by what now stands there. */
  function gather(params: TensorGroup, seen: FrameTokens, expected: Omit<Expected, 'detail'>): tf.Tensor {
    const level = picture(seen.levels.reshape([-1, 1, 1, 1]).tile([1, height, width, 1]));
    const inputs = [seen.latents, expected.latents, expected.memory, phase(expected.shift)].map(picture);
    const hidden: tf.Tensor4D = convolution(params, 'gather.in', tf.concat4d([...inputs, level], -1)).relu();
    const [share, fresh] = tf.split(convolution(params, 'gather.out', hidden), 2, -1) as [
      tf.Tensor,
      tf.Tensor,
    ];
    const change = fresh.tanh().reshape(expected.memory.shape).sub(expected.memory);
    return expected.memory.add(change.mul(share.sigmoid().reshape(expected.memory.shape)));
  }

  function refine(params: TensorGroup, target: FrameTokens, expected: Expected): tf.Tensor {
    const { latents, detail, memory, shift: moved } = expected;
    const inputs = [target.latents, latents, detail, memory, phase(moved)].map(picture);
    const given = condition(params, target).reshape([-1, CONDITION]);
    let x = convolution(params, 'refine.in', tf.concat4d(inputs, -1));
    for (let block = 0; block < settings.depth; block += 1) {
      const name = `refine.${block}`;
      // Convolutions see a neighbourhood; the mean of the features tells them of the rest of the picture.
      const whole = tf.concat([given, x.mean([1, 2])], -1);
      const [shift, scale] = tf.split(
        linear(params, `${name}.modulation`, whole).reshape([-1, 1, 1, 2 * settings.width]),
        2,
        -1,
      ) as [tf.Tensor4D, tf.Tensor4D];
      const normed: tf.Tensor4D = rmsNorm(x).mul(scale.add(1)).add(shift);
      x = x.add(convolution(params, `${name}.second`, convolution(params, `${name}.first`, normed).relu()));
    }
    const out = convolution(params, 'refine.out', rmsNorm(x));
    const [fresh, mask] = tf.split(out, [sizes.latent.channels, 1], -1) as [tf.Tensor, tf.Tensor];
    const lost = picture(latents).mul(mask.sub(KEEP).sigmoid());
    return latents.add(fresh.sub(lost).reshape(latents.shape));
  }

  return {
    parameters: flowWarpParameters(settings, sizes),
    cache: {
      layers: 1,
      tokens: height * width,
      heads: 1,
      headDim: settings.memory,
      window: settings.window,
    },
    readSequence(params, context) {
      const [batch, frames] = context.latents.shape as [number, number];
      const { weights, shift } = motion(sizes, params, context.previous, context.actions);
      const latents = move(weights, context.previous);
      let memory: tf.Tensor = tf.zeros([batch, 1, height, width, channels]);
      const memories: tf.Tensor[] = [];
      for (let frame = 0; frame < frames; frame += 1) {
        const at = (x: tf.Tensor): tf.Tensor => tf.split(x, frames, 1)[frame]!;
        const expected = { latents: at(latents), memory: move(at(weights), memory), shift: at(shift) };
        memories.push(expected.memory);
        const seen = { ...context, latents: at(context.latents), levels: at(context.levels) };
        memory = gather(params, seen, expected);
      }
      const detail = unmixed(sizes, shift, context.previous);
      const expected = { latents, detail, memory: tf.concat(memories, 1), shift };
      return (target) => refine(params, target, expected);
    },
    denoiseFrame: (params, target, cache) =>
      refine(params, target, expect(params, target, newest(cache, sizes))),
    rememberFrame(params, context, cache) {
      const expected = expect(params, context, newest(cache, sizes));
      const memory = gather(params, context, expected);
      const [keys, values] = tf.split(memory.reshape([1, -1, height * width, 1, 1, channels]), 2, -1) as [
        tf.Tensor,
        tf.Tensor,
      ];
      return { keys, values };
    },
    shift: (params, previous, actions) => shiftOf(sizes, params, previous, actions),
  };
}

/**
 * A frame as the action alone would have it, [B, T, h, w, C], the same before neighbours are mixed, [B, T, h, w, 4·C]
 * (`unmixed`), the memory moved along, [B, T, h, w, 2·memory], and by how many latent pixels each place of them was
 * moved, [B, T, h, w, 2].
 */
interface Expected {
  readonly latents: tf.Tensor;
  readonly detail: tf.Tensor;
  readonly memory: tf.Tensor;
  readonly shift: tf.Tensor;
}

/**
 * How far between two latent pixels a moved place fell, [B, T, h, w, PHASES]: halfway what was moved is a mean of both,
 * and how to bring back the detail depends on it.
 */
function phase(shift: tf.Tensor): tf.Tensor {
  const angle = shift.mul(2 * Math.PI);
  return tf.concat([angle.sin(), angle.cos()], -1);
}
const PHASES = 4;

/** The memory that the last frame left, [B, 1, h, w, 2·memory]; zeros before the first frame. */
function newest({ keys, values, ages }: Cache, { latent: { height, width } }: Sizes): tf.Tensor {
  const last = ages.equal(1).cast('float32').reshape([-1, 1]);
  const [kept, others] = [keys, values].map((part) => part.mul(last).sum(4)) as [tf.Tensor, tf.Tensor];
  const memory = tf.concat([kept, others], -1);
  return memory.reshape([keys.shape[1]!, 1, height, width, memory.shape.at(-1)!]);
}

/** The last convolution starts at zero: at first the model is the warp alone. */
function flowWarpParameters({ width, depth, memory }: FlowWarpSettings, sizes: Sizes): ParameterSpecs {
  const { channels } = sizes.latent;
  const inputs = 2 * channels + 2 * memory + PHASES;
  const specs: ParameterSpecs = {
    ...warpParameters(sizes),
    ...conditionParameters(sizes.actions),
    ...convolutionParameters('gather.in', inputs + 1, width, 3),
    ...convolutionParameters('gather.out', width, 4 * memory, 3, 0.5),
    ...convolutionParameters('refine.in', inputs + 4 * channels, width, 3),
    ...convolutionParameters('refine.out', width, channels + 1, 3, 0),
  };
  const blocks = Array.from({ length: depth }, (_, block) => ({
    ...linearParameters(`refine.${block}.modulation`, CONDITION + width, 2 * width, 0.1),
    ...convolutionParameters(`refine.${block}.first`, width, width, 3),
    ...convolutionParameters(`refine.${block}.second`, width, width, 3, 0.2),
  }));
  return Object.assign({}, specs, ...blocks);
}
