import type { Frame } from '../../world/types.ts';
import { requireSameSize } from './psnr.ts';

/**
 * How much the picture changes from one frame to the next: mean |difference| over pixels and channels, in
 * 8-bit levels. It stands beside PSNR because a world that freezes loses little PSNR on calm footage, and here
 * it measures 0.
 */
export function change(previous: Frame, next: Frame): number {
  requireSameSize(previous, next);
  let sum = 0;
  for (let i = 0; i < next.rgb.length; i++) sum += Math.abs(next.rgb[i]! - previous.rgb[i]!);
  return sum / next.rgb.length;
}
