import type { Frame } from '../world/types.ts';
import { colourDrift } from './metrics/colourDrift.ts';
import { motion } from './metrics/motion.ts';
import { psnr } from './metrics/psnr.ts';
import { sharpness } from './metrics/sharpness.ts';
import { ssim } from './metrics/ssim.ts';

/**
 * PSNR of a perfect picture, in decibels. Rounding to 8 bits alone is an error of 1/12 squared level, which is
 * 58.9 dB, so nothing above is meaningful and means over frames stay finite.
 */
const PSNR_CEILING = 10 * Math.log10(255 ** 2 * 12);

/** All picture metrics of one frame. */
export interface Score {
  /** Frames imagined so far, this one included. */
  readonly horizon: number;
  readonly rollout: number;
  readonly psnr: number;
  readonly ssim: number;
  readonly sharpness: number;
  readonly truthSharpness: number;
  readonly colourDrift: number;
  readonly motion: number;
  readonly truthMotion: number;
}

/** A sequence of pictures with the one before it, against which the motion of the first is measured. */
export interface Sequence {
  readonly before: Frame;
  readonly frames: readonly Frame[];
}

/** Scores a sequence frame by frame against the truth. */
export function scoreSequence(truth: Sequence, imagined: Sequence, rollout: number): Score[] {
  return imagined.frames.map((frame, i) => {
    const real = truth.frames[i]!;
    return {
      horizon: i + 1,
      rollout,
      psnr: Math.min(PSNR_CEILING, psnr(real, frame)),
      ssim: ssim(real, frame),
      sharpness: sharpness(frame),
      truthSharpness: sharpness(real),
      colourDrift: colourDrift(real, frame),
      motion: motion(imagined.frames[i - 1] ?? imagined.before, frame),
      truthMotion: motion(truth.frames[i - 1] ?? truth.before, real),
    };
  });
}
