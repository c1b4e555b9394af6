import { UserError } from '../../errors.ts';
import type { Clip } from './inputs.ts';

/** The size and rate of a dataset's frames. */
export interface FrameFormat {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
}

const LONG_SIDE = 128;
const FASTEST = 30;

/**
 * The size for footage of a shape: 128 on the long side, 4:3 or 16:9, upright or not, whichever is nearest.
 */
export function defaultSize(width: number, height: number): { width: number; height: number } {
  const shapes = [
    { width: LONG_SIDE, height: 96 },
    { width: LONG_SIDE, height: 72 },
    { width: 96, height: LONG_SIDE },
    { width: 72, height: LONG_SIDE },
  ];
  const distance = (shape: { width: number; height: number }): number =>
    Math.abs(Math.log(shape.width / shape.height) - Math.log(width / height));
  return shapes.reduce((best, shape) => (distance(shape) < distance(best) ? shape : best));
}

/** The rate at which footage is read by default: its own, halved until it is at most 30. */
export function defaultRate(fps: number): number {
  let rate = fps;
  while (rate > FASTEST + 0.5) rate /= 2;
  return rate;
}

/** The rate (to 0.01) and the shape that most of the footage's time has. */
export function commonFormat(clips: readonly Clip[]): FrameFormat {
  const fps = mostCommon(
    clips,
    (clip) => defaultRate(clip.video.fps),
    (rate) => rate.toFixed(2),
  );
  const size = mostCommon(
    clips,
    (clip) => defaultSize(clip.video.width, clip.video.height),
    (shape) => `${shape.width}x${shape.height}`,
  );
  return { ...size, fps };
}

function mostCommon<T>(clips: readonly Clip[], of: (clip: Clip) => T, name: (value: T) => string): T {
  const votes = new Map<string, { value: T; seconds: number }>();
  for (const clip of clips) {
    const value = of(clip);
    const vote = votes.get(name(value)) ?? { value, seconds: 0 };
    vote.seconds += clip.video.duration ?? 1;
    votes.set(name(value), vote);
  }
  return [...votes.values()].reduce((best, vote) => (vote.seconds > best.seconds ? vote : best)).value;
}

/** @throws UserError when frames of that size cannot be trained on */
export function checkedSize(size: { readonly width: number; readonly height: number }): {
  width: number;
  height: number;
} {
  const { width, height } = size;
  if (width % 8 === 0 && height % 8 === 0 && width >= 16 && height >= 16) return { width, height };
  throw new UserError(
    `the frame size ${width}x${height} does not fit`,
    'use multiples of 8, as in --size 128x96',
  );
}
