import { median } from '../../src/data/statistics.ts';

/** Motion between consecutive frames. */
export interface PoseMotion {
  readonly forward: number[];
  readonly strafe: number[];
  readonly vertical: number[];
  readonly yaw: number[];
  readonly pitch: number[];
  readonly roll: number[];
}

/**
 * True motion from poses, with translation along the camera's axes half-way between the two frames, as `ingest`
 * has it.
 *
 * @param rows frame, time_s, tx, ty, tz, r11 … r33 of the camera in the first frame's coordinates
 */
export function poseMotion(rows: readonly (readonly number[])[]): PoseMotion {
  const result: PoseMotion = { forward: [], strafe: [], vertical: [], yaw: [], pitch: [], roll: [] };
  for (let t = 1; t < rows.length; t++) {
    const [before, after] = [rows[t - 1]!, rows[t]!];
    const step = [0, 1, 2].map((i) => after[2 + i]! - before[2 + i]!);
    const middle = (column: number): number =>
      dot(step, axis(before, column)) / 2 + dot(step, axis(after, column)) / 2;
    result.strafe.push(middle(0));
    result.vertical.push(-middle(1));
    result.forward.push(middle(2));
    const ahead = [0, 1, 2].map((column) => dot(axis(before, column), axis(after, 2)));
    result.yaw.push(Math.atan2(ahead[0]!, ahead[2]!));
    result.pitch.push(Math.asin(-ahead[1]!));
    result.roll.push(Math.atan2(dot(axis(before, 1), axis(after, 0)), dot(axis(before, 0), axis(after, 0))));
  }
  return result;
}

/** Median angle in radians between true and derived translation, over the frames that move. */
export function directionError(derived: PoseMotion, truth: PoseMotion): number {
  const speeds = truth.forward.map((_, t) => Math.hypot(...direction(truth, t)));
  const moving = speeds.flatMap((speed, t) => (speed > 0.3 * median(speeds) ? [t] : []));
  return median(
    moving.map((t) => {
      const [a, b] = [direction(derived, t), direction(truth, t)];
      return Math.acos(Math.min(1, dot(a, b) / (Math.hypot(...a) * Math.hypot(...b) || 1)));
    }),
  );
}

function direction(motion: PoseMotion, t: number): number[] {
  return [motion.strafe[t]!, -motion.vertical[t]!, motion.forward[t]!];
}

/** A column of the rotation: the camera's right, down or forward. */
function axis(row: readonly number[], column: number): number[] {
  return [0, 1, 2].map((i) => row[5 + 3 * i + column]!);
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0);
}
