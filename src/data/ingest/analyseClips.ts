import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { startProgress } from '../../cli/progress.ts';
import { UserError } from '../../errors.ts';
import type { Camera } from '../egomotion/camera.ts';
import { decode } from '../video/decode.ts';
import { chooseCameras, type LensChoice } from './chooseCameras.ts';
import { analyseClip, type ClipAnalysis } from './clipAnalysis.ts';
import type { FrameFormat } from './format.ts';
import type { BadInput, Clip } from './inputs.ts';
import { nearDuplicates } from './nearDuplicates.ts';
import type { Rules } from './rules.ts';
import { type LeftOut, type Range, segmentClip } from './segments.ts';
import { keyOf, type Stage } from './stage.ts';

/** A clip with everything that was measured on it, and what of it is kept. */
export interface AnalysedClip {
  readonly clip: Clip;
  readonly key: string;
  readonly camera: Camera;
  readonly analysis: ClipAnalysis;
  readonly kept: readonly Range[];
  readonly left: readonly LeftOut[];
}

/** All clips that could be read, those that could not, and the stage's files with their cameras. */
export interface AnalysedFootage {
  readonly clips: readonly AnalysedClip[];
  readonly undecodable: readonly BadInput[];
  readonly cameraFiles: readonly string[];
}

/** Durations in headers are not exact. */
const MISSING_SECONDS = 0.5;

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
  const cameras = await chooseCameras(clips, format.fps, lens, stage, signal);
  signal.throwIfAborted();
  const total = clips.reduce((sum, { video }) => sum + Math.round((video.duration ?? 0) * format.fps), 0);
  const progress = startProgress('motion', total, 'frames');
  const measured: Pick<AnalysedClip, 'clip' | 'key' | 'camera' | 'analysis'>[] = [];
  const undecodable: BadInput[] = [];
  let done = 0;
  try {
    for (const clip of clips) {
      const camera = cameras.of(clip);
      const key = keyOf(clip.fingerprint, format.fps, camera);
      const onFrame = (frames: number): void => progress.update(Math.min(total, done + frames), clip.name);
      const analysis =
        (await stage.readAnalysis(key)) ??
        (await analyseOrReason(clip, camera, key, format, stage, onFrame, signal));
      if (typeof analysis === 'string') {
        undecodable.push({ file: clip.file, reason: analysis });
        process.stderr.write(`left out ${clip.file}: ${analysis}\n`);
        continue;
      }
      done += analysis.frames;
      progress.update(Math.min(total, done), clip.name);
      measured.push({ clip, key, camera, analysis });
    }
  } finally {
    progress.stop();
  }
  if (measured.length === 0) throw new UserError(undecodable[0]?.reason ?? 'no video is left');
  const copies = new Map(
    nearDuplicates(
      measured.map(({ analysis }) => analysis.hash),
      rules.duplicateBits,
    ).map((duplicate) => [duplicate.clip, duplicate]),
  );
  const analysed = measured.map((entry, i): AnalysedClip => {
    const copy = copies.get(i);
    const { frames } = entry.analysis;
    if (copy !== undefined) {
      const at = (copy.offset / format.fps).toFixed(1);
      const reason = `near-duplicate of ${measured[copy.original]!.clip.name} from ${at} s on`;
      return { ...entry, kept: [], left: [{ from: 0, to: frames, reason }] };
    }
    const { kept, left } = segmentClip(entry.analysis, format.fps, rules);
    return { ...entry, kept, left: [...left, ...missingEnd(entry.clip, frames, format.fps)] };
  });
  return { clips: analysed, undecodable, cameraFiles: cameras.files };
}

/**
 * The clip's frames at the dataset's size, from a frame on: from the copy that its analysis left in the stage, which
 * is made again where it is gone.
 */
export async function framesOf(
  { clip, key }: Pick<AnalysedClip, 'clip' | 'key'>,
  from: number,
  format: FrameFormat,
  stage: Stage,
): Promise<AsyncGenerator<Uint8Array>> {
  const { width, height, fps } = format;
  const copy = copyPath(key, format, stage);
  if (!existsSync(copy)) {
    const partial = unfinished(copy);
    const options = { width: 16, height: 16, fps, hdr: clip.video.hdr };
    for await (const _ of decode(clip.file, { ...options, copy: { file: partial, width, height } }));
    await rename(partial, copy);
  }
  return decode(copy, { width, height, from });
}

async function analyseOrReason(
  clip: Clip,
  camera: Camera,
  key: string,
  format: FrameFormat,
  stage: Stage,
  onFrame: (done: number) => void,
  signal: AbortSignal,
): Promise<ClipAnalysis | string> {
  const { width, height } = format;
  const copy = copyPath(key, format, stage);
  const partial = unfinished(copy);
  try {
    const analysis = await analyseClip(
      clip,
      camera,
      format.fps,
      onFrame,
      { file: partial, width, height },
      signal,
    );
    await rename(partial, copy);
    return await stage.writeAnalysis(key, analysis);
  } catch (error) {
    // A Ctrl-C reaches ffmpeg too, and then the clip is not to blame.
    if (error instanceof UserError && !signal.aborted) return error.message;
    throw error;
  }
}

function copyPath(key: string, format: FrameFormat, stage: Stage): string {
  return stage.path(`frames-${key}-${format.width}x${format.height}.mp4`);
}

function unfinished(copy: string): string {
  return copy.replace(/\.mp4$/, '.partial.mp4');
}

/** What the file's header promises and the file does not hold: a download or a recording that was cut off. */
function missingEnd({ video }: Clip, frames: number, fps: number): LeftOut[] {
  const promised = Math.round((video.duration ?? 0) * fps);
  if (frames >= promised - MISSING_SECONDS * fps) return [];
  return [{ from: frames, to: promised, reason: 'missing, the file ends early' }];
}
