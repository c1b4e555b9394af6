import { smoothMotion } from '../../data/actions/smooth.ts';
import type { Camera } from '../../data/egomotion/camera.ts';
import { motionEstimator, Tracker } from '../../data/index.ts';
import { MOTIONS } from '../../world/manifest.ts';
import { greyBytes } from '../measures/luma.ts';
import type { Sequence } from '../types.ts';

/**
 * The camera motion in a sequence by the estimator that labels footage: corners followed from frame to frame,
 * and a rigid motion fitted to them.
 *
 * @returns displacement that led to each frame, float64 [frames, 6] in the order of `MOTIONS`, averaged over
 *   three frames as labels are
 */
export async function labelledMotion(sequence: Sequence, camera: Camera): Promise<Float64Array> {
  const { width, height } = sequence.before;
  const tracker = new Tracker(width, height);
  const estimate = motionEstimator(camera);
  const displacement = new Float64Array(sequence.frames.length * MOTIONS.length);
  const confidence = new Float64Array(sequence.frames.length);
  tracker.next(greyBytes(sequence.before));
  for (const [t, frame] of sequence.frames.entries()) {
    const motion = estimate(tracker.next(greyBytes(frame))!.tracks);
    displacement.set(motion.displacement, t * MOTIONS.length);
    confidence[t] = motion.confidence;
  }
  return smoothMotion(displacement, MOTIONS.length, confidence);
}

/**
 * Motion without the dimensions in which nothing was ever commanded: a camera shakes and nods in ways that nobody
 * asked for, and that is neither obedience nor disobedience.
 *
 * @param seen float64 [frames, 6]
 * @param commanded float64 [frames, 6]
 */
export function inCommandedDimensions(seen: Float64Array, commanded: Float64Array): Float64Array {
  const width = MOTIONS.length;
  const asked = MOTIONS.map((_, k) => commanded.some((value, i) => i % width === k && value !== 0));
  return seen.map((value, i) => (asked[i % width] ? value : 0));
}
