import type { Frame } from '../world/types.ts';

/** Turns a frame into the bytes that travel. */
export interface PictureCoder {
  readonly coding: 'rgb' | 'jpeg';
  encode(frame: Frame): Uint8Array;
}

/** Sends pixels as they are; any machine can. */
export const rawCoder: PictureCoder = { coding: 'rgb', encode: (frame) => frame.rgb };
