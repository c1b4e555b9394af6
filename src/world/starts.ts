import { UserError } from '../errors.ts';
import type { WorldManifest } from './manifest.ts';

/**
 * The start states of `starts.bin`.
 *
 * @param from where the bytes are from, for the message
 * @returns latents [h, w, C]
 * @throws UserError when there are not as many as the manifest says
 */
export function readStarts(
  bytes: Uint8Array,
  { latent, starts }: WorldManifest,
  from: string,
): Float32Array[] {
  const size = latent.height * latent.width * latent.channels;
  if (bytes.length !== starts.count * size * 4) {
    throw new UserError(
      `${from} has ${bytes.length} bytes, not ${starts.count} starts of ${size * 4}`,
      'export or download the world again',
    );
  }
  const all = new Float32Array(Uint8Array.from(bytes).buffer);
  return Array.from({ length: starts.count }, (_, index) => all.slice(index * size, (index + 1) * size));
}
