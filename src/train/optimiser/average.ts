import type * as tf from '@tensorflow/tfjs';

/** One step of an exponential moving average: `decay` of the average stays (Polyak & Juditsky 1992). */
export function movingAverage(average: tf.Tensor, value: tf.Tensor, decay: number): tf.Tensor {
  return average.mul(decay).add(value.mul(1 - decay));
}
