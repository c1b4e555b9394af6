import path from 'node:path';
import { startProgress } from '../../cli/progress.ts';
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
}

/** The field of view of the sample's camera, a pinhole. */
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
  const { seconds, width, height, fps, seed } = options;
  const poses = drive(seconds, fps, seed);
  const video = path.join(folder, 'town.mp4');
  await encodeVideo(video, framesOf(poses, options), { width, height, fps, quality: 12 });
  await writeAtomically(path.join(folder, 'town.csv'), formatPoses(poses, fps));
  return video;
}

function* framesOf(poses: readonly Pose[], { width, height, seed }: SampleOptions): Generator<Uint8Array> {
  const progress = startProgress('render', poses.length, 'frames');
  try {
    for (const [t, pose] of poses.entries()) {
      yield renderFrame(pose, width, height, seed);
      progress.update(t + 1);
    }
  } finally {
    progress.stop();
  }
}

/** Renders one picture, uint8 [height, width, 3]. */
export function renderFrame(pose: Pose, width: number, height: number, seed: number): Uint8Array {
  const frame = new Uint8Array(width * height * 3);
  const focal = width / 2 / Math.tan((SAMPLE_FIELD_OF_VIEW * Math.PI) / 360);
  const colour = new Float64Array(3);
  const r = pose.rotation;
  let at = 0;
  for (let v = 0; v < height; v++) {
    const y = (v - (height - 1) / 2) / focal;
    for (let u = 0; u < width; u++) {
      const x = (u - (width - 1) / 2) / focal;
      const norm = 1 / Math.sqrt(x * x + y * y + 1);
      const dx = (r[0]! * x + r[1]! * y + r[2]!) * norm;
      const dy = (r[3]! * x + r[4]! * y + r[5]!) * norm;
      const dz = (r[6]! * x + r[7]! * y + r[8]!) * norm;
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
