import { Tracker } from '../egomotion/tracker.ts';
import { decode, type FrameCopy } from '../video/decode.ts';
import { lookOf } from './frameLook.ts';
import type { Clip } from './inputs.ts';
import { writeTracks } from './tracksFile.ts';

/** What one reading of a clip shows, whatever its lens: one entry per frame. */
export interface ClipSight {
  readonly frames: number;
  /** Mean brightness, 0 … 255. */
  readonly brightness: Float64Array;
  /** Mean absolute step between neighbouring pixels, 0 … 255: how much there is to see. */
  readonly texture: Float64Array;
  /** Standard deviation of the grey levels. */
  readonly contrast: Float64Array;
  /** Mean absolute change from the frame before, 0 … 255; 0 for the first. */
  readonly change: Float64Array;
  /** Share of brightness that is distributed differently than in the frame before, 0 … 1. */
  readonly redistribution: Float64Array;
  /** Share of the corners that could be followed from the frame before, 0 … 1; 1 for the first. */
  readonly followed: Float64Array;
  /** Difference hash of the picture, [frames, 4] words of 16 bits. */
  readonly hash: Float64Array;
}

/** Pixels at which motion is measured: enough for a hundredth of a degree, few enough to be fast. */
const MEASURED_PIXELS = 40_000;

/** The size at which motion is measured: the footage's own where it is small, about 24,000 pixels else; even numbers. */
export function measuringSize(width: number, height: number): { width: number; height: number } {
  const shrink = Math.min(1, Math.sqrt(MEASURED_PIXELS / (width * height)));
  return { width: even(width * shrink), height: even(height * shrink) };
}

function even(value: number): number {
  return Math.max(16, Math.round(value / 2) * 2);
}

/**
 * Reads a clip once, in constant memory: looks at every frame and follows points from each to the next.
 *
 * @param clip the video
 * @param fps frames per second to read it at
 * @param tracksFile where the tracks go, see {@link writeTracks}; they need no lens, so another lens needs no other
 *   reading
 * @param copy where the frames go at the dataset's size in the same pass: decoding is the dearest part of an ingest
 * @param onFrame called with the number of frames done
 * @throws UserError when the video cannot be decoded, or when `signal` asks to stop
 */
export async function seeClip(
  { file, video }: Pick<Clip, 'file' | 'video'>,
  fps: number,
  tracksFile: string,
  copy: FrameCopy,
  onFrame: (done: number) => void,
  signal: AbortSignal,
): Promise<ClipSight> {
  const { width, height } = measuringSize(video.width, video.height);
  const wanted = { width, height, fps, hdr: video.hdr, copy };
  const tracker = new Tracker(width, height);
  const tracks = writeTracks(tracksFile);
  const looks: ReturnType<typeof lookOf>[] = [];
  const followed: number[] = [];
  let previous: Uint8Array | undefined;
  try {
    for await (const grey of decode(file, { ...wanted, pixels: 'gray' })) {
      signal.throwIfAborted();
      looks.push(lookOf(grey, width, previous));
      const pair = tracker.next(grey);
      if (pair !== undefined) await tracks.add(pair.tracks);
      followed.push(pair === undefined ? 1 : pair.tracks.length / 4 / Math.max(1, pair.corners));
      previous = grey;
      onFrame(looks.length);
    }
    await tracks.finish();
  } finally {
    await tracks.close();
  }
  return {
    frames: looks.length,
    brightness: Float64Array.from(looks, (look) => look.brightness),
    texture: Float64Array.from(looks, (look) => look.texture),
    contrast: Float64Array.from(looks, (look) => look.contrast),
    change: Float64Array.from(looks, (look) => look.change),
    redistribution: Float64Array.from(looks, (look, t) =>
      t === 0 ? 0 : histogramDistance(look.histogram, looks[t - 1]!.histogram),
    ),
    followed: Float64Array.from(followed),
    hash: Float64Array.from(looks.flatMap(({ hash }) => hash)),
  };
}

function histogramDistance(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum / 2;
}
