/** Weights of the frame before, the frame itself and the frame after. */
const KERNEL = [0.25, 0.5, 0.25];
/** Even a frame that nothing is known of weighs this much, so that the average always exists. */
const LEAST_CONFIDENCE = 0.02;

/**
 * Averages motion over three frames (¼, ½, ¼), each weighted by the square of its confidence: a frame whose
 * motion could not be measured, for blur or a lens flare, takes that of its neighbours. The ends repeat.
 *
 * @param values [frames, width]
 * @param confidence [frames], 0 … 1
 */
export function smoothMotion(values: Float64Array, width: number, confidence: Float64Array): Float64Array {
  const frames = confidence.length;
  const result = new Float64Array(values.length);
  for (let t = 0; t < frames; t++) {
    let total = 0;
    for (const [i, weight] of KERNEL.entries()) {
      const at = Math.min(Math.max(t + i - 1, 0), frames - 1);
      const trust = weight * Math.max(confidence[at]!, LEAST_CONFIDENCE) ** 2;
      total += trust;
      for (let k = 0; k < width; k++) result[t * width + k]! += trust * values[at * width + k]!;
    }
    for (let k = 0; k < width; k++) result[t * width + k]! /= total;
  }
  return result;
}
