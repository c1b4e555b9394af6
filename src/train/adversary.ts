import * as tf from '@tensorflow/tfjs';
import type { TensorGroup } from '../engine/index.ts';
import { criticise } from '../model/critic.ts';

/** The size of the step over which the slope of the critic is taken. */
const STEP = 0.1;
/** The weight of the slope's square. */
const SMOOTHNESS = 0.1;

/** What judge and judged each have to gain. */
export interface Contest {
  /** Lower the more the imagined looks like footage to the critic, whose parameters it does not move. */
  readonly persuasion: tf.Scalar;
  /** Lower the better the critic tells one from the other; it does not move the imagined. */
  readonly discernment: tf.Scalar;
}

/**
 * A critic against a model (Goodfellow et al. 2014, the non-saturating form). An average over all that might come
 * is the best answer to any distance from what did come, and it is a blur; to a critic it looks like nothing that
 * was ever filmed. The critic is kept smooth around footage by its change under a little noise, which stands for
 * the penalty on its gradient without a second derivative (Lin et al. 2025, "Diffusion Adversarial Post-Training").
 *
 * @param critic its parameters, which learn
 * @param judge the same values as constants
 * @param filmed, imagined latents [N, h, w, C]
 * @param noise of unit variance, shaped like them
 */
export function contest(
  critic: TensorGroup,
  judge: TensorGroup,
  { filmed, imagined, noise }: Readonly<Record<'filmed' | 'imagined' | 'noise', tf.Tensor4D>>,
): Contest {
  const real = criticise(critic, filmed);
  const fake = criticise(critic, stopGradient(imagined));
  const beside = criticise(critic, filmed.add(noise.mul(STEP)));
  const slope = beside.sub(real).div(STEP).square().mean();
  return {
    persuasion: tf.softplus(criticise(judge, imagined).neg()).mean().asScalar(),
    discernment: tf
      .softplus(real.neg())
      .mean()
      .add(tf.softplus(fake).mean())
      .add(slope.mul(SMOOTHNESS))
      .asScalar(),
  };
}

/** The same values, through which no gradient flows back. */
function stopGradient(x: tf.Tensor4D): tf.Tensor4D {
  return tf.customGrad((value) => ({
    value: (value as tf.Tensor4D).clone(),
    gradFunc: (upstream: tf.Tensor) => tf.zerosLike(upstream),
  }))(x) as tf.Tensor4D;
}
