import { createRequire } from 'node:module';
import type { Frame } from '../world/types.ts';

/** Turns a frame into the bytes that travel. */
export interface PictureCoder {
  readonly coding: 'rgb' | 'jpeg';
  encode(frame: Frame): Uint8Array;
}

type JpegTurbo = typeof import('@julusian/jpeg-turbo');

const QUALITY = 88;

/** Sends pixels as they are; any machine can. */
export const rawCoder: PictureCoder = { coding: 'rgb', encode: (frame) => frame.rgb };

/**
 * The fastest coder that this machine can run: JPEG or, where its native library does not load, raw pixels.
 *
 * @param load how to get the JPEG library
 */
export function createPictureCoder(load: () => JpegTurbo = loadJpegTurbo): PictureCoder {
  let jpeg: JpegTurbo;
  try {
    jpeg = load();
  } catch {
    return rawCoder;
  }
  return {
    coding: 'jpeg',
    encode: ({ width, height, rgb }) =>
      jpeg.compressSync(Buffer.from(rgb.buffer, rgb.byteOffset, rgb.byteLength), {
        format: jpeg.FORMAT_RGB,
        subsampling: jpeg.SAMP_444,
        quality: QUALITY,
        width,
        height,
      }),
  };
}

function loadJpegTurbo(): JpegTurbo {
  return createRequire(import.meta.url)('@julusian/jpeg-turbo');
}
