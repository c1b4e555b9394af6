import { MOTIONS } from '../../world/manifest.ts';
import type { Camera } from '../egomotion/camera.ts';
import { motionEstimator } from '../egomotion/estimate.ts';
import { readTracks } from './tracksFile.ts';

/** Motion and confidence of every frame of a clip. */
export interface ClipMotion {
  /** Displacement to the next frame, [frames, 6]; the last row repeats the one before. */
  readonly displacement: Float64Array;
  /** Confidence of that displacement, 0 … 1. */
  readonly confidence: Float64Array;
}

/**
 * Fits the camera's motion to the tracks of a clip.
 *
 * @param camera the camera at the size at which the points were followed
 * @param frames frames of the clip, one more than it has pairs
 * @param onFrame called with the number of frames done
 * @throws UserError when the file of tracks is damaged
 */
export async function measureMotion(
  tracksFile: string,
  camera: Camera,
  frames: number,
  onFrame: (done: number) => void,
  signal: AbortSignal,
): Promise<ClipMotion> {
  const width = MOTIONS.length;
  const estimate = motionEstimator(camera);
  const displacement = new Float64Array(frames * width);
  const confidence = new Float64Array(frames);
  let t = 0;
  for await (const tracks of readTracks(tracksFile)) {
    signal.throwIfAborted();
    const motion = estimate(tracks);
    displacement.set(motion.displacement, t * width);
    confidence[t] = motion.confidence;
    onFrame(++t);
  }
  if (t > 0) {
    displacement.copyWithin(t * width, (t - 1) * width, t * width);
    confidence.copyWithin(t, t - 1, t);
  }
  return { displacement, confidence };
}
