import * as tf from '@tensorflow/tfjs';
import type { TensorGroup, TensorGroups } from '../engine/index.ts';
import type { ParameterSpecs } from '../model/parameters.ts';

export interface OptimiserConfig {
  /** Pulls matrices towards zero, as a fraction per unit of learning rate; biases and tables are spared. */
  readonly weightDecay: number;
  /** Gradients longer than this, over all parameters, are shortened to it. */
  readonly clipNorm: number;
  /** How slowly the averaged weights, the ones that are exported, follow. */
  readonly emaDecay: number;
  /** Which update matrices get; everything else gets AdamW. */
  readonly matrices: 'adamw' | 'muon';
}

const BETA1 = 0.9;
const BETA2 = 0.99;
const MUON_MOMENTUM = 0.95;

/** The tensors an optimiser keeps between steps, by group; they have the shapes of the parameters. */
export function optimiserSlots(
  config: OptimiserConfig,
  specs: ParameterSpecs,
): Record<'ema' | 'first' | 'second', string[]> {
  const names = Object.keys(specs);
  return {
    ema: names,
    first: names,
    second: names.filter((name) => !usesMuon(config, specs[name]!.shape)),
  };
}

/**
 * One update as a pure function of tensors: AdamW (Loshchilov & Hutter 2019) and, for matrices where asked,
 * Muon (Jordan 2024) scaled to AdamW's update size (Liu et al. 2025), after clipping the global norm, then the
 * exponential moving average of the weights.
 *
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
  const norm = tf.addN(Object.values(gradients).map((gradient) => gradient.square().sum())).sqrt();
  const shrink = tf.minimum(1, tf.scalar(config.clipNorm).div(norm.add(1e-6)));
  const correction1 = tf.scalar(1).sub(tf.pow(BETA1, schedule.step));
  const correction2 = tf.scalar(1).sub(tf.pow(BETA2, schedule.step));
  const groups: Record<'params' | 'ema' | 'first' | 'second', Record<string, tf.Tensor>> = {
    params: {},
    ema: {},
    first: {},
    second: {},
  };
  for (const [name, param] of Object.entries(params)) {
    const gradient = gradients[name]!.mul(shrink);
    const momentum = state.first[name]!;
    let direction: tf.Tensor;
    if (usesMuon(config, param.shape)) {
      const first = momentum.mul(MUON_MOMENTUM).add(gradient.mul(1 - MUON_MOMENTUM));
      const nesterov = first.mul(MUON_MOMENTUM).add(gradient.mul(1 - MUON_MOMENTUM));
      groups.first[name] = first;
      direction = orthogonalise(nesterov as tf.Tensor2D).mul(0.2 * Math.sqrt(Math.max(...param.shape)));
    } else {
      const first = momentum.mul(BETA1).add(gradient.mul(1 - BETA1));
      const second = state.second[name]!.mul(BETA2).add(gradient.square().mul(1 - BETA2));
      groups.first[name] = first;
      groups.second[name] = second;
      direction = first.div(correction1).div(second.div(correction2).sqrt().add(1e-8));
    }
    const decayed = decays(param.shape) ? direction.add(param.mul(config.weightDecay)) : direction;
    const next = param.sub(decayed.mul(schedule.rate));
    groups.params[name] = next;
    groups.ema[name] = state.ema[name]!.mul(config.emaDecay).add(next.mul(1 - config.emaDecay));
  }
  return { groups, norm };
}

function usesMuon(config: OptimiserConfig, shape: readonly number[]): boolean {
  return config.matrices === 'muon' && shape.length === 2 && Math.min(...shape) >= 32;
}

function decays(shape: readonly number[]): boolean {
  return shape.length >= 2;
}

/** The nearest matrix with orthonormal rows or columns, by five Newton–Schulz steps with Muon's coefficients. */
function orthogonalise(matrix: tf.Tensor2D): tf.Tensor2D {
  const tall = matrix.shape[0] > matrix.shape[1];
  let x: tf.Tensor2D = matrix.div(matrix.square().sum().sqrt().add(1e-7));
  for (let round = 0; round < 5; round += 1) {
    // The smaller of the two Gram matrices carries the same polynomial.
    const gram = tf.matMul(x, x, tall, !tall) as tf.Tensor2D;
    const polynomial = gram.mul(-4.775).add(tf.matMul(gram, gram).mul(2.0315)) as tf.Tensor2D;
    const product = tall ? tf.matMul(x, polynomial) : tf.matMul(polynomial, x);
    x = x.mul(3.4445).add(product);
  }
  return x;
}
