import { createRequire } from 'node:module';
import { type PictureCoder, rawCoder } from './rawCoder.ts';

type JpegTurbo = typeof import('@julusian/jpeg-turbo');

const QUALITY = 88;

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
