import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import type { Sizes } from './family.ts';
import { convolution } from './layers.ts';
import { convolutionParameters, type ParameterSpecs } from './parameters.ts';

const WIDTH = 64;
const PREFIX = 'critic.';

/** The parameters of `criticise`. */
export function criticParameters({ latent: { channels } }: Sizes): ParameterSpecs {
  return {
    ...convolutionParameters(`${PREFIX}in`, channels, WIDTH, 3),
    ...convolutionParameters(`${PREFIX}middle`, WIDTH, WIDTH, 3),
    ...convolutionParameters(`${PREFIX}last`, WIDTH, WIDTH, 3),
    ...convolutionParameters(`${PREFIX}out`, WIDTH, 1, 1),
  };
}

/** Whether a parameter is the critic's, who is needed in training alone. */
export function isOfCritic(name: string): boolean {
  return name.startsWith(PREFIX);
}

/**
 * How much every place of a picture looks like footage, as a logit: the discriminator of a patch (Isola et al. 2017)
 * on latents.
 *
 * @param latents [N, h, w, C]
 * @returns [N, h, w, 1]; each sees 7 × 7 latent pixels
 */
export function criticise(params: TensorGroup, latents: tf.Tensor4D): tf.Tensor4D {
  let x = latents;
  for (const layer of ['in', 'middle', 'last'])
    x = tf.leakyRelu(convolution(params, `${PREFIX}${layer}`, x), 0.2);
  return convolution(params, `${PREFIX}out`, x);
}
