import path from 'node:path';
import { startProgress } from '../../cli/progress.ts';
import { type Lens, lensOf, ray } from '../egomotion/lens.ts';
import { writeAtomically } from '../fileSystem.ts';
import { encodeVideo } from '../video/encode.ts';
import { drive, type Pose } from './path.ts';
import { castRay } from './town.ts';

/** What to render. */
export interface SampleOptions {
  readonly seconds: number;
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  readonly seed: number;
  /** Horizontal field of view in degrees, and the curve of `Lens`; a pinhole of {@link SAMPLE_FIELD_OF_VIEW} if left out. */
  readonly lens?: { readonly fieldOfView: number; readonly curve: number };
  /** How far the camera looks around, 1 if left out; see `drive`. */
  readonly gaze?: number;
}

/** The field of view of the sample's camera, a pinhole, if none is wished for. */
export const SAMPLE_FIELD_OF_VIEW = 80;

/**
 * Renders a drive through a small town that exists only here: `town.mp4`, and the exact camera poses in
 * `town.csv` (frame, time_s, tx_m … tz_m and r11 … r33 of the camera in the first frame's coordinates; x right,
 * y down, z forward; metres). The same options give the same files.
 *
 * @param folder where to write
 * @returns the path of the video
 */
export async function renderSample(folder: string, options: SampleOptions): Promise<string> {
  const { seconds, width, height, fps, seed, gaze } = options;
  const poses = drive(seconds, fps, seed, gaze);
  const video = path.join(folder, 'town.mp4');
  await encodeVideo(video, framesOf(poses, options), { width, height, fps, quality: 12 });
  await writeAtomically(path.join(folder, 'town.csv'), formatPoses(poses, fps));
  return video;
}

function* framesOf(poses: readonly Pose[], options: SampleOptions): Generator<Uint8Array> {
  const { width, height, seed } = options;
  const { fieldOfView, curve } = options.lens ?? { fieldOfView: SAMPLE_FIELD_OF_VIEW, curve: 1 };
  const lens = lensOf(width, height, fieldOfView, curve);
  const progress = startProgress('render', poses.length, 'frames');
  try {
    for (const [t, pose] of poses.entries()) {
      yield renderFrame(pose, lens, seed);
      progress.update(t + 1);
    }
  } finally {
    progress.stop();
  }
}

/** Renders one picture through a lens, uint8 [height, width, 3]. */
export function renderFrame(pose: Pose, lens: Lens, seed: number): Uint8Array {
  const { width, height, focal } = lens;
  const frame = new Uint8Array(width * height * 3);
  const colour = new Float64Array(3);
  const view = new Float64Array(9);
  const r = pose.rotation;
  let at = 0;
  for (let v = 0; v < height; v++) {
    for (let u = 0; u < width; u++) {
      ray(lens, u, v, view);
      const [x, y, z] = [view[0]!, view[1]!, view[2]!];
      const dx = r[0]! * x + r[1]! * y + r[2]! * z;
      const dy = r[3]! * x + r[4]! * y + r[5]! * z;
      const dz = r[6]! * x + r[7]! * y + r[8]! * z;
      castRay(seed, pose.position, dx, dy, dz, 0.5 / focal, colour);
      for (let c = 0; c < 3; c++) frame[at++] = Math.min(255, Math.max(0, Math.round(colour[c]!)));
    }
  }
  return frame;
}

function formatPoses(poses: readonly Pose[], fps: number): string {
  const first = poses[0];
  const names = ['r11', 'r12', 'r13', 'r21', 'r22', 'r23', 'r31', 'r32', 'r33'];
  const lines = [`frame,time_s,tx_m,ty_m,tz_m,${names.join(',')}`];
  for (const [t, pose] of poses.entries()) {
    if (first === undefined) break;
    const offset = pose.position.map((value, i) => value - first.position[i]!);
    // Multiplying by the transpose of the first rotation goes to the first frame's coordinates.
    const turned = (vector: readonly number[], column: number): number =>
      [0, 1, 2].reduce((sum, i) => sum + first.rotation[3 * i + column]! * vector[i]!, 0);
    const position = [0, 1, 2].map((column) => turned(offset, column));
    const rotation = [0, 1, 2].flatMap((row) =>
      [0, 1, 2].map((column) =>
        turned(
          [0, 1, 2].map((i) => pose.rotation[3 * i + column]!),
          row,
        ),
      ),
    );
    const numbers = [...position.map((x) => x.toFixed(6)), ...rotation.map((x) => x.toFixed(8))];
    lines.push([t, (t / fps).toFixed(4), ...numbers].join(','));
  }
  return `${lines.join('\n')}\n`;
}
