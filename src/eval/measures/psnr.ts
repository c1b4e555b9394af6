import type { Frame } from '../../world/types.ts';

/** Mean squared difference of two frames over all pixels and channels, in squared 8-bit levels. */
export function meanSquaredError(truth: Frame, image: Frame): number {
  requireSameSize(truth, image);
  let sum = 0;
  for (let i = 0; i < truth.rgb.length; i++) {
    const difference = truth.rgb[i]! - image.rgb[i]!;
    sum += difference * difference;
  }
  return sum / truth.rgb.length;
}

/**
 * Peak signal-to-noise ratio of two frames in decibels: 10 log₁₀(255² / MSE), the MSE taken over the three
 * channels together. Higher is better; equal frames give `Infinity`.
 */
export function psnr(truth: Frame, image: Frame): number {
  return 10 * Math.log10(255 ** 2 / meanSquaredError(truth, image));
}

/**
 * PSNR of a perfect picture, in decibels. Rounding to 8 bits alone is an error of 1/12 squared level, which is
 * 58.9 dB, so nothing above is meaningful and means over frames stay finite.
 */
export const PSNR_CEILING = 10 * Math.log10(255 ** 2 * 12);

/** PSNR, but never above that of a picture whose only error is its rounding. */
export function boundedPsnr(truth: Frame, image: Frame): number {
  return Math.min(PSNR_CEILING, psnr(truth, image));
}

/** Throws when two frames cannot be compared pixel by pixel. */
export function requireSameSize(truth: Frame, image: Frame): void {
  if (truth.width !== image.width || truth.height !== image.height) {
    throw new Error(
      `frames of ${truth.width}×${truth.height} and ${image.width}×${image.height} cannot be compared`,
    );
  }
}
