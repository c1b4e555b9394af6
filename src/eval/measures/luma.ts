import type { Frame } from '../../world/types.ts';

/**
 * Luma of a frame, 0…255, row by row: 0.299 R + 0.587 G + 0.114 B on the sRGB values (ITU-R BT.601), the grey
 * scale on which Wang et al. define SSIM.
 */
export function luma({ rgb, width, height }: Frame): Float32Array {
  const grey = new Float32Array(width * height);
  for (let i = 0; i < grey.length; i++) {
    grey[i] = 0.299 * rgb[3 * i]! + 0.587 * rgb[3 * i + 1]! + 0.114 * rgb[3 * i + 2]!;
  }
  return grey;
}

/** `luma` in whole levels, for OpenCV. */
export function greyBytes(frame: Frame): Uint8Array {
  const grey = luma(frame);
  const bytes = new Uint8Array(grey.length);
  for (let i = 0; i < grey.length; i++) bytes[i] = Math.round(grey[i]!);
  return bytes;
}
