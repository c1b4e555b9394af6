import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import type { FrameTokens } from './family.ts';
import { linear, silu } from './layers.ts';
import { linearParameters, type ParameterSpecs } from './parameters.ts';

/** Width of the vector that carries action and noise level to every block. */
export const CONDITION = 128;
const FREQUENCIES = 16;

/**
 * The parameters of `condition`.
 *
 * @param actions length of an action vector
 */
export function conditionParameters(actions: number): ParameterSpecs {
  return {
    ...linearParameters('condition.action', actions, CONDITION),
    ...linearParameters('condition.level', 2 * FREQUENCIES, CONDITION),
    ...linearParameters('condition.out', CONDITION, CONDITION),
  };
}

/**
 * The condition of each frame: its action and its signal level in sines and cosines.
 *
 * @returns [B, T, CONDITION]
 */
export function condition(params: TensorGroup, { actions, levels }: FrameTokens): tf.Tensor {
  const frequencies = tf.tensor1d(
    Array.from({ length: FREQUENCIES }, (_, index) => 0.5 * Math.PI * 1.5 ** index),
  );
  const angles = levels.expandDims(-1).mul(frequencies);
  const level = linear(params, 'condition.level', tf.concat([angles.sin(), angles.cos()], -1));
  return silu(linear(params, 'condition.out', silu(linear(params, 'condition.action', actions).add(level))));
}
