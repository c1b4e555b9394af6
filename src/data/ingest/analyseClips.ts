import { startProgress } from '../../cli/progress.ts';
import type { Calibration } from '../egomotion/calibrate.ts';
import type { Camera } from '../egomotion/camera.ts';
import { chooseCameras, type LensChoice } from './chooseCameras.ts';
import { type ClipMotion, measureMotion } from './clipMotion.ts';
import type { FrameFormat } from './format.ts';
import type { BadInput, Clip } from './inputs.ts';
import { nearDuplicates } from './nearDuplicates.ts';
import type { Rules } from './rules.ts';
import { type SeenClip, seeClips } from './seeClips.ts';
import { type LeftOut, type Range, repeatsOf, segmentClip } from './segments.ts';
import { keyOf, type Stage } from './stage.ts';

/** A clip with everything that was measured on it, and what of it is kept. */
export interface AnalysedClip {
  readonly clip: Clip;
  readonly camera: Camera;
  /** The fields of view that explain its camera's footage about as well, in degrees; none where it was given. */
  readonly fieldsOfView?: Calibration['range'];
  readonly frames: number;
  readonly motion: ClipMotion;
  readonly kept: readonly Range[];
  readonly left: readonly LeftOut[];
  /** Frames that show the picture before them once more; no episode has them. */
  readonly repeated: ReadonlySet<number>;
}

/** All clips that could be read, those that could not, and the stage's files to keep for the next run. */
export interface AnalysedFootage {
  readonly clips: readonly AnalysedClip[];
  readonly undecodable: readonly BadInput[];
  readonly files: readonly string[];
}

/** Durations in headers are not exact. */
const MISSING_SECONDS = 0.5;
const MOTION = ['displacement', 'confidence'] as const satisfies readonly (keyof ClipMotion)[];

/**
 * Measures every clip, taking up what an interrupted run has finished, and finds what is worth keeping.
 *
 * @throws UserError when no clip can be read, or when `signal` asks to stop
 */
export async function analyseClips(
  clips: readonly Clip[],
  format: FrameFormat,
  lens: LensChoice,
  rules: Rules,
  stage: Stage,
  signal: AbortSignal,
): Promise<AnalysedFootage> {
  const { seen, undecodable } = await seeClips(clips, format, stage, signal);
  const cameras = await chooseCameras(seen, format.fps, lens, stage, signal);
  const motions = await measureMotions(seen, (clip) => cameras.of(clip).camera, format.fps, stage, signal);
  const copies = new Map(
    nearDuplicates(
      seen.map(({ sight }) => sight.hash),
      rules.duplicateBits,
    ).map((duplicate) => [duplicate.clip, duplicate]),
  );
  const analysed = seen.map(({ clip, sight }, i): AnalysedClip => {
    const copy = copies.get(i);
    const { frames } = sight;
    const repeated = new Set(repeatsOf(sight, rules));
    const { camera, range } = cameras.of(clip);
    const lens = range === undefined ? { camera } : { camera, fieldsOfView: range };
    const measured = { clip, ...lens, frames, motion: motions[i]!.motion, repeated };
    if (copy !== undefined) {
      const at = (copy.offset / format.fps).toFixed(1);
      const reason = `near-duplicate of ${seen[copy.original]!.clip.name} from ${at} s on`;
      return { ...measured, kept: [], left: [{ from: 0, to: frames, reason }] };
    }
    const { kept, left } = segmentClip(sight, format.fps, rules);
    return { ...measured, kept, left: [...left, ...missingEnd(clip, frames, format.fps)] };
  });
  const files = [...seen.flatMap((clip) => clip.files), ...cameras.files, ...motions.map(({ file }) => file)];
  return { clips: analysed, undecodable, files };
}

async function measureMotions(
  clips: readonly SeenClip[],
  cameraOf: (clip: Clip) => Camera,
  fps: number,
  stage: Stage,
  signal: AbortSignal,
): Promise<{ motion: ClipMotion; file: string }[]> {
  const total = clips.reduce((sum, { sight }) => sum + sight.frames, 0);
  const progress = startProgress('motion', total, 'frames');
  const measured: { motion: ClipMotion; file: string }[] = [];
  let done = 0;
  try {
    for (const { clip, sight, tracksFile } of clips) {
      const camera = cameraOf(clip);
      const file = `motion-${keyOf(clip.fingerprint, fps, camera)}.csv`;
      const onFrame = (count: number): void => progress.update(done + count, clip.name);
      const motion =
        (await stage.readTable(file, MOTION)) ??
        (await stage.writeTable(
          file,
          MOTION,
          await measureMotion(tracksFile, camera, sight.frames, onFrame, signal),
        ));
      measured.push({ motion, file });
      done += sight.frames;
      progress.update(done, clip.name);
    }
  } finally {
    progress.stop();
  }
  return measured;
}

/** What the file's header promises and the file does not hold: a download or a recording that was cut off. */
function missingEnd({ video }: Clip, frames: number, fps: number): LeftOut[] {
  const promised = Math.round((video.duration ?? 0) * fps);
  if (frames >= promised - MISSING_SECONDS * fps) return [];
  return [{ from: frames, to: promised, reason: 'missing, the file ends early' }];
}
