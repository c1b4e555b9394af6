import { existsSync } from 'node:fs';
import { rename } from 'node:fs/promises';
import { startProgress } from '../../cli/progress.ts';
import { UserError } from '../../errors.ts';
import { decode } from '../video/decode.ts';
import { bytesOfFrame } from '../video/pixels.ts';
import { readFrames } from '../video/rawFrames.ts';
import { type ClipSight, measuringSize, seeClip } from './clipSight.ts';
import type { FrameFormat } from './format.ts';
import type { BadInput, Clip } from './inputs.ts';
import { keyOf, type Stage } from './stage.ts';

/** A clip that was read, and where the stage keeps what came of it. */
export interface SeenClip {
  readonly clip: Clip;
  readonly sight: ClipSight;
  readonly tracksFile: string;
  /** Files of the stage to keep for the next run. */
  readonly files: readonly string[];
}

const SERIES = [
  'brightness',
  'texture',
  'contrast',
  'change',
  'redistribution',
  'followed',
  'hash',
] as const satisfies readonly (keyof ClipSight)[];

/**
 * Reads every clip, taking up what an interrupted run has finished.
 *
 * @returns the clips that could be read, and those that could not
 * @throws UserError when none can, or when `signal` asks to stop
 */
export async function seeClips(
  clips: readonly Clip[],
  format: FrameFormat,
  stage: Stage,
  signal: AbortSignal,
): Promise<{ seen: SeenClip[]; undecodable: BadInput[] }> {
  const total = clips.reduce((sum, { video }) => sum + Math.round((video.duration ?? 0) * format.fps), 0);
  const progress = startProgress('track', total, 'frames');
  const seen: SeenClip[] = [];
  const undecodable: BadInput[] = [];
  let done = 0;
  try {
    for (const clip of clips) {
      const onFrame = (frames: number): void => progress.update(Math.min(total, done + frames), clip.name);
      const result = await seeOrReason(clip, format, stage, onFrame, signal);
      if (typeof result === 'string') {
        undecodable.push({ file: clip.file, reason: result });
        process.stderr.write(`left out ${clip.file}: ${result}\n`);
        continue;
      }
      done += result.sight.frames;
      progress.update(Math.min(total, done), clip.name);
      seen.push(result);
    }
  } finally {
    progress.stop();
  }
  if (seen.length === 0) throw new UserError(undecodable[0]?.reason ?? 'no video is left');
  return { seen, undecodable };
}

/**
 * The clip's frames as `yuv420p` at the dataset's size, from a frame on: from the copy that was made when it was
 * read, which is made again where it is gone.
 */
export async function framesOf(
  clip: Clip,
  from: number,
  format: FrameFormat,
  stage: Stage,
): Promise<AsyncGenerator<Uint8Array>> {
  const { width, height, fps } = format;
  const copy = copyPath(clip, format, stage);
  if (!existsSync(copy)) {
    const partial = unfinished(copy);
    const options = { width: 16, height: 16, fps, hdr: clip.video.hdr };
    for await (const _ of decode(clip.file, { ...options, copy: { file: partial, width, height } }));
    await rename(partial, copy);
  }
  return readFrames(copy, bytesOfFrame('yuv420p', width, height), from);
}

async function seeOrReason(
  clip: Clip,
  format: FrameFormat,
  stage: Stage,
  onFrame: (done: number) => void,
  signal: AbortSignal,
): Promise<SeenClip | string> {
  const key = keyOf(clip.fingerprint, format.fps, measuringSize(clip.video.width, clip.video.height));
  const files = [`seen-${key}.csv`, `tracks-${key}.f32`] as const;
  const tracksFile = stage.path(files[1]);
  const known = await stage.readTable(files[0], SERIES);
  if (known !== undefined && existsSync(tracksFile)) {
    return { clip, sight: { frames: known.brightness.length, ...known }, tracksFile, files };
  }
  const { width, height, fps } = format;
  const copy = copyPath(clip, format, stage);
  const partial = unfinished(copy);
  try {
    const sight = await seeClip(clip, fps, tracksFile, { file: partial, width, height }, onFrame, signal);
    await rename(partial, copy);
    const kept = await stage.writeTable(files[0], SERIES, sight);
    return { clip, sight: { frames: sight.frames, ...kept }, tracksFile, files };
  } catch (error) {
    // A Ctrl-C reaches ffmpeg too, and then the clip is not to blame.
    if (error instanceof UserError && !signal.aborted) return error.message;
    throw error;
  }
}

function copyPath(clip: Clip, { width, height, fps }: FrameFormat, stage: Stage): string {
  return stage.path(`copy-${keyOf(clip.fingerprint, fps, width, height)}.yuv`);
}

function unfinished(copy: string): string {
  return `${copy}.partial`;
}
