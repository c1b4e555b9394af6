/**
 * How the pixels of a frame are stored: `rgb24` is uint8 [height, width, 3], `gray` [height, width], and `yuv420p`
 * the brightness [height, width] followed by two planes of colour at half the size, rounded up (BT.601, 16 … 235).
 */
export type PixelFormat = 'rgb24' | 'gray' | 'yuv420p';

/** Bytes of a frame. */
export function bytesOfFrame(pixels: PixelFormat, width: number, height: number): number {
  if (pixels === 'rgb24') return width * height * 3;
  const brightness = width * height;
  return pixels === 'gray' ? brightness : brightness + 2 * Math.ceil(width / 2) * Math.ceil(height / 2);
}

/**
 * Turns a `yuv420p` frame into an `rgb24` one by ITU-R BT.601, each colour standing for its two by two pixels.
 *
 * @param rgb where to write, uint8 [height, width, 3]
 * @returns `rgb`
 */
export function rgbFromYuv(yuv: Uint8Array, width: number, height: number, rgb: Uint8Array): Uint8Array {
  const wide = Math.ceil(width / 2);
  const blue = width * height;
  const red = blue + wide * Math.ceil(height / 2);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const colour = (y >> 1) * wide + (x >> 1);
      const grey = 1.164383 * (yuv[y * width + x]! - 16);
      const u = yuv[blue + colour]! - 128;
      const v = yuv[red + colour]! - 128;
      const at = 3 * (y * width + x);
      rgb[at] = byte(grey + 1.596027 * v);
      rgb[at + 1] = byte(grey - 0.391762 * u - 0.812968 * v);
      rgb[at + 2] = byte(grey + 2.017232 * u);
    }
  }
  return rgb;
}

function byte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : (value + 0.5) | 0;
}
