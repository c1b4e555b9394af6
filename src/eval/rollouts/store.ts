import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { deflate, inflate } from 'node:zlib';
import { errorCode, writeAtomically } from '../../data/fileSystem.ts';
import type { Frame } from '../../world/types.ts';

const pack = promisify(deflate);
const unpack = promisify(inflate);
const CHECKSUM_BYTES = 32;

/**
 * Keeps rollouts on disk under the hash of everything they depend on, so that an interrupted evaluation goes on
 * where it was, another metric needs no new rollout, and a changed world never meets old pictures. A file holds
 * the SHA-256 of the pixels and then the pixels, deflated.
 */
export class RolloutStore {
  readonly #folder: string;

  /** @param folder is made when the first rollout is kept, and may be deleted at any time */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /**
   * The frames kept under a name, or those that `make` makes, which are kept.
   *
   * @param facts what the frames depend on, of any length
   * @param count of frames
   */
  async obtain(
    facts: readonly (string | Uint8Array)[],
    shape: { readonly width: number; readonly height: number; readonly count: number },
    make: () => Promise<readonly Frame[]>,
  ): Promise<readonly Frame[]> {
    const hash = createHash('sha256').update(`${shape.width}x${shape.height} ${shape.count}\n`);
    for (const fact of facts) hash.update(`${fact.length}\n`).update(fact);
    const file = path.join(this.#folder, `${hash.digest('hex').slice(0, 32)}.rollout`);
    const kept = await this.#read(file, shape);
    if (kept !== undefined) return kept;
    const frames = await make();
    const pixels = Buffer.concat(frames.map(({ rgb }) => rgb));
    await writeAtomically(file, Buffer.concat([checksum(pixels), await pack(pixels, { level: 1 })]));
    return frames;
  }

  async #read(
    file: string,
    { width, height, count }: { readonly width: number; readonly height: number; readonly count: number },
  ): Promise<Frame[] | undefined> {
    try {
      const bytes = await readFile(file);
      const pixels = await unpack(bytes.subarray(CHECKSUM_BYTES));
      if (!checksum(pixels).equals(bytes.subarray(0, CHECKSUM_BYTES))) return undefined;
      const size = width * height * 3;
      return Array.from({ length: count }, (_, i) => ({
        width,
        height,
        rgb: pixels.subarray(i * size, (i + 1) * size),
      }));
    } catch (error) {
      // Not there, or damaged: either way it has to be made again.
      const code = errorCode(error);
      if (code === 'ENOENT' || code?.startsWith('Z_')) return undefined;
      throw error;
    }
  }
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
