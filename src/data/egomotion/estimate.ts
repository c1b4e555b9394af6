import type { Motion } from '../../world/manifest.ts';
import type { Camera } from './camera.ts';
import { fitMotion, type Twist } from './fitMotion.ts';
import { motionField } from './motionField.ts';
import type { Tracks } from './tracker.ts';

/** The camera's displacement from one frame to the next. */
export interface EgoMotion {
  /**
   * In the order of `MOTIONS`: forward, strafe (right positive) and vertical (up positive) in units of the
   * canonical scene, about one camera height above the floor; yaw (right positive), pitch (up positive) and
   * roll (clockwise positive) in radians. Zero where the camera stands, negative forward in reverse.
   */
  readonly displacement: Float64Array;
  /** One standard deviation of each, from the fit. */
  readonly deviation: Float64Array;
  /** How far to believe it, 0 … 1: the share of points that agree, less where few could be followed. */
  readonly confidence: number;
  /** Which points move as it says, [count]: 1 or 0. */
  readonly agreeing: Uint8Array;
  /** Cost of the fit per point, to compare lenses with; infinite where nothing could be followed. */
  readonly cost: number;
}

/** Points that are needed for full confidence. */
const PLENTY = 30;

/**
 * Turns a fitted twist (translation x, y, z; turns about x, y, z; x right, y down, z forward) into the named
 * dimensions of an action.
 */
export function displacementOf(twist: Twist): Float64Array {
  const [right, down, forward, aboutRight, aboutDown, aboutForward] = twist;
  const named: Record<Motion, number> = {
    forward: forward!,
    strafe: right!,
    vertical: -down!,
    yaw: aboutDown!,
    pitch: aboutRight!,
    roll: aboutForward!,
  };
  return Float64Array.of(named.forward, named.strafe, named.vertical, named.yaw, named.pitch, named.roll);
}

/**
 * Estimates camera motion pair by pair; each pair starts from the one before.
 *
 * @param camera the camera at the size of the frames that were tracked
 * @returns a function from the tracks of the next pair to its motion
 */
export function motionEstimator({ lens, nearness }: Camera): (tracks: Tracks) => EgoMotion {
  let before: Twist | undefined;
  let seed = 0;
  return (tracks) => {
    const fit = fitMotion(motionField(tracks, lens, nearness), before, seed++);
    before = fit.inlierShare > 0.3 ? fit.twist : undefined;
    return {
      displacement: displacementOf(fit.twist),
      deviation: displacementOf(fit.deviation).map(Math.abs),
      confidence: fit.inlierShare * Math.min(1, tracks.length / 4 / PLENTY),
      agreeing: fit.agreeing,
      cost: fit.cost,
    };
  };
}
