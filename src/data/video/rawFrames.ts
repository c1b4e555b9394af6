import { open } from 'node:fs/promises';

/** Frames that are read at once. */
const BATCH = 16;

/**
 * Reads frames that lie one after another in a file, in constant memory.
 *
 * @param frameBytes bytes of a frame
 * @param from the first frame to read
 * @returns frames, each a fresh array; an incomplete one at the end is left out
 */
export async function* readFrames(
  file: string,
  frameBytes: number,
  from: number,
): AsyncGenerator<Uint8Array> {
  const handle = await open(file);
  try {
    for (let position = from * frameBytes; ; ) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(BATCH * frameBytes),
        0,
        BATCH * frameBytes,
        position,
      );
      const count = Math.floor(bytesRead / frameBytes);
      if (count === 0) return;
      for (let i = 0; i < count; i++) yield buffer.subarray(i * frameBytes, (i + 1) * frameBytes);
      position += count * frameBytes;
    }
  } finally {
    await handle.close();
  }
}
