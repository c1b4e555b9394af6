import { MOTIONS } from '../../world/manifest.ts';
import type { Camera } from '../egomotion/camera.ts';
import { motionEstimator } from '../egomotion/estimate.ts';
import { Tracker } from '../egomotion/tracker.ts';
import { decode, type FrameCopy } from '../video/decode.ts';
import { lookOf } from './frameLook.ts';
import type { Clip } from './inputs.ts';

/** Everything that is measured on a clip, one entry per frame. */
export interface ClipAnalysis {
  readonly frames: number;
  /** Displacement to the next frame, [frames, 6]; the last row repeats the one before. */
  readonly displacement: Float64Array;
  /** Confidence of that displacement, 0 … 1. */
  readonly confidence: Float64Array;
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

/** The size at which motion is measured: the footage's own where it is small, about 40,000 pixels else; even numbers. */
export function measuringSize(width: number, height: number): { width: number; height: number } {
  const shrink = Math.min(1, Math.sqrt(MEASURED_PIXELS / (width * height)));
  return { width: even(width * shrink), height: even(height * shrink) };
}

function even(value: number): number {
  return Math.max(16, Math.round(value / 2) * 2);
}

/**
 * Measures a clip in one pass and constant memory.
 *
 * @param clip the video
 * @param camera the camera at the size at which to measure
 * @param fps frames per second to read it at
 * @param onFrame called with the number of frames done
 * @param copy where the frames go at the dataset's size in the same pass: decoding is the dearest part of an ingest
 * @throws UserError when the video cannot be decoded, or when `signal` asks to stop
 */
export async function analyseClip(
  { file, video }: Pick<Clip, 'file' | 'video'>,
  camera: Camera,
  fps: number,
  onFrame: (done: number) => void,
  copy: FrameCopy,
  signal: AbortSignal,
): Promise<ClipAnalysis> {
  const { width, height } = camera.lens;
  const wanted = { width, height, fps, hdr: video.hdr, copy };
  const tracker = await Tracker.open(width, height);
  const estimate = motionEstimator(camera);
  const displacement: number[] = [];
  const confidence: number[] = [];
  const looks: ReturnType<typeof lookOf>[] = [];
  const followed: number[] = [];
  let previous: Uint8Array | undefined;
  try {
    for await (const grey of decode(file, { ...wanted, pixels: 'gray' })) {
      signal.throwIfAborted();
      looks.push(lookOf(grey, width, previous));
      const pair = tracker.next(grey);
      if (pair !== undefined) {
        const motion = estimate(pair);
        displacement.push(...motion.displacement);
        confidence.push(motion.confidence);
        followed.push(pair.corners === 0 ? 0 : pair.tracks.length / 4 / pair.corners);
      } else {
        followed.push(1);
      }
      previous = grey;
      onFrame(looks.length);
    }
  } finally {
    tracker.close();
  }
  displacement.push(
    ...(displacement.length > 0 ? displacement.slice(-MOTIONS.length) : MOTIONS.map(() => 0)),
  );
  confidence.push(confidence.at(-1) ?? 0);
  return {
    frames: looks.length,
    displacement: Float64Array.from(displacement),
    confidence: Float64Array.from(confidence),
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
