import * as tf from '@tensorflow/tfjs';
import type { TensorGroup, TensorGroups } from '../../engine/index.ts';
import type { ParameterSpecs } from '../../model/parameters.ts';
import { adamW } from './adamw.ts';
import { movingAverage } from './average.ts';
import { clipFactor, globalNorm } from './clip.ts';
import { muon } from './muon.ts';
import { sgd } from './sgd.ts';

export interface OptimiserConfig {
  /** Pulls matrices towards zero, as a fraction per unit of learning rate; biases and tables are spared. */
  readonly weightDecay: number;
  /** Gradients longer than this, over all parameters, are shortened to it. */
  readonly clipNorm: number;
  /** How slowly the averaged weights, the ones that are exported, follow. */
  readonly emaDecay: number;
  /**
   * Which update matrices get: with `muon` everything that is no matrix, or a narrow one, gets AdamW; `adamw` and
   * `sgd` are for all parameters.
   */
  readonly matrices: 'adamw' | 'muon' | 'sgd';
}

/** Muon pays where a matrix has directions to balance. */
const NARROWEST_FOR_MUON = 32;
const SGD = { momentum: 0.9, nesterov: true } as const;

/** The tensors an optimiser keeps between steps, by group; they have the shapes of the parameters. */
export function optimiserSlots(
  config: OptimiserConfig,
  specs: ParameterSpecs,
): Record<'ema' | 'first' | 'second', string[]> {
  const names = Object.keys(specs);
  return {
    ema: names,
    first: names,
    second: names.filter((name) => updateOf(config, specs[name]!.shape) === 'adamw'),
  };
}

/**
 * One update as a pure function of tensors: clips the global norm, moves each parameter in the direction of its
 * optimiser and towards zero, and lets the exponential moving average of the weights follow.
 *
 * @param state `first` holds the first moment, or the momentum, or the velocity; `second` AdamW's second moment
 * @param schedule `rate` the learning rate, `step` counted from 1, both scalars
 * @returns the new params, ema, first and second moments, and the gradient's norm
 */
export function update(
  config: OptimiserConfig,
  params: TensorGroup,
  gradients: TensorGroup,
  state: { readonly ema: TensorGroup; readonly first: TensorGroup; readonly second: TensorGroup },
  schedule: { readonly rate: tf.Tensor; readonly step: tf.Tensor },
): { groups: TensorGroups; norm: tf.Tensor } {
  const norm = globalNorm(gradients);
  const shrink = clipFactor(norm, config.clipNorm);
  /** What weight decay leaves of a matrix. */
  const decay = tf.scalar(1).sub(schedule.rate.mul(config.weightDecay));
  const groups: Record<'params' | 'ema' | 'first' | 'second', Record<string, tf.Tensor>> = {
    params: {},
    ema: {},
    first: {},
    second: {},
  };
  for (const [name, param] of Object.entries(params)) {
    const direction = directionOf(name, param.shape, gradients[name]!.mul(shrink));
    const kept = decays(param.shape) ? param.mul(decay) : param;
    const next = kept.sub(direction.mul(schedule.rate));
    groups.params[name] = next;
    groups.ema[name] = movingAverage(state.ema[name]!, next, config.emaDecay);
  }
  return { groups, norm };

  function directionOf(name: string, shape: readonly number[], gradient: tf.Tensor): tf.Tensor {
    const first = state.first[name]!;
    switch (updateOf(config, shape)) {
      case 'adamw': {
        const result = adamW(gradient, { first, second: state.second[name]! }, schedule.step);
        groups.first[name] = result.moments.first;
        groups.second[name] = result.moments.second;
        return result.direction;
      }
      case 'muon': {
        const result = muon(gradient, first);
        groups.first[name] = result.momentum;
        return result.direction;
      }
      case 'sgd': {
        const result = sgd(gradient, first, SGD);
        groups.first[name] = result.velocity;
        return result.direction;
      }
    }
  }
}

function updateOf(config: OptimiserConfig, shape: readonly number[]): OptimiserConfig['matrices'] {
  if (config.matrices !== 'muon') return config.matrices;
  return shape.length === 2 && Math.min(...shape) >= NARROWEST_FOR_MUON ? 'muon' : 'adamw';
}

function decays(shape: readonly number[]): boolean {
  return shape.length >= 2;
}
