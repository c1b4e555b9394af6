import type { Frame } from '../world/types.ts';

/** The 32-bit FNV-1a hash of a picture's bytes, in hexadecimal: enough to see that two pictures differ. */
export function pictureHash({ rgb }: Frame): string {
  let hash = 0x811c9dc5;
  for (const byte of rgb) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, '0');
}
