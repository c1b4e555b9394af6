import { sizeOf } from '../engine/graph.ts';
import type { Random } from '../random.ts';

/** How a parameter starts: all zeros, or normal with a standard deviation, or values of its own. */
export type Initial = 'zeros' | { readonly deviation: number } | { readonly values: Float32Array };

export interface ParameterSpec {
  readonly shape: readonly number[];
  readonly initial: Initial;
}

/** A model's parameters by dotted name, as in `blocks.0.mlp.in.weight`. */
export type ParameterSpecs = Readonly<Record<string, ParameterSpec>>;

/** A matrix whose outputs keep the variance of its inputs (LeCun's initialisation), scaled by `gain`. */
export function linearParameters(name: string, inputs: number, outputs: number, gain = 1): ParameterSpecs {
  return {
    [`${name}.weight`]: {
      shape: [inputs, outputs],
      initial: gain === 0 ? 'zeros' : { deviation: gain / Math.sqrt(inputs) },
    },
    [`${name}.bias`]: { shape: [outputs], initial: 'zeros' },
  };
}

/** A k × k convolution, initialised for rectified inputs (He et al. 2015), scaled by `gain`. */
export function convolutionParameters(
  name: string,
  inputs: number,
  outputs: number,
  kernel: number,
  gain = 1,
): ParameterSpecs {
  const deviation = gain * Math.sqrt(2 / (inputs * kernel * kernel));
  return {
    [`${name}.weight`]: { shape: [kernel, kernel, inputs, outputs], initial: { deviation } },
    [`${name}.bias`]: { shape: [outputs], initial: 'zeros' },
  };
}

/** Draws the starting values. */
export function initialise(specs: ParameterSpecs, random: Random): Map<string, Float32Array> {
  const values = new Map<string, Float32Array>();
  for (const [name, { shape, initial }] of Object.entries(specs)) {
    const data = new Float32Array(sizeOf(shape));
    if (initial !== 'zeros' && 'values' in initial) data.set(initial.values);
    else if (initial !== 'zeros') {
      for (let index = 0; index < data.length; index += 1) data[index] = random.normal() * initial.deviation;
    }
    values.set(name, data);
  }
  return values;
}
