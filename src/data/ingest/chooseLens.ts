import { type Lens, lensOf } from '../egomotion/lens.ts';
import { measuringSize } from './clipAnalysis.ts';
import type { Clip } from './inputs.ts';

/** What is known of the lens. */
export interface LensChoice {
  /** Horizontal field of view in degrees; estimated when unknown. */
  readonly fieldOfView?: number;
}

/** The lens of each clip. */
export async function chooseLens(
  _clips: readonly Clip[],
  _fps: number,
  choice: LensChoice,
): Promise<(clip: Clip) => Lens> {
  return ({ video }) => {
    const { width, height } = measuringSize(video.width, video.height);
    return lensOf(width, height, choice.fieldOfView ?? 150, 0);
  };
}
