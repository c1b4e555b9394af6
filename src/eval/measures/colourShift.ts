import type { Frame } from '../../world/types.ts';
import { requireSameSize } from './psnr.ts';

/**
 * How far the colour of the whole picture has drifted: the mean over R, G and B of |mean of the image − mean of
 * the truth|, in 8-bit levels. 0 is no drift; misplaced objects and blur do not count.
 */
export function colourShift(truth: Frame, image: Frame): number {
  requireSameSize(truth, image);
  const difference = [0, 0, 0];
  for (let i = 0; i < truth.rgb.length; i++) difference[i % 3]! += image.rgb[i]! - truth.rgb[i]!;
  const pixels = truth.rgb.length / 3;
  return difference.reduce((sum, channel) => sum + Math.abs(channel), 0) / (3 * pixels);
}
