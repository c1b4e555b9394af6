import { median } from '../statistics.ts';

/** A clip that shows what an earlier one shows. */
export interface Duplicate {
  /** Index of the clip that is left out, and of the one that it repeats. */
  readonly clip: number;
  readonly original: number;
  /** The frame of the original at which the copy begins. */
  readonly offset: number;
}

/** Frames of the shorter clip that are looked for in the longer one. */
const PROBES = 48;
/** A hash with fewer set or unset bits than this comes from an empty picture, which resembles every other. */
const LEAST_BITS = 8;
const FEWEST_PROBES = 10;

/**
 * Finds clips that are wholly contained in another, re-encoded, scaled or trimmed: frames of the shorter one are
 * looked for at every offset of the longer one by the bits of their hashes that differ.
 *
 * @param clips hashes of each clip, [frames, 4] words of 16 bits
 * @param mostBits the median difference up to which two clips are the same
 * @returns the shorter clip of each pair; of equally long ones the later
 */
export function nearDuplicates(clips: readonly Float64Array[], mostBits: number): Duplicate[] {
  const order = clips.map((_, i) => i).sort((a, b) => clips[b]!.length - clips[a]!.length || a - b);
  const found: Duplicate[] = [];
  for (const [rank, clip] of order.entries()) {
    const gone = new Set(found.map((duplicate) => duplicate.clip));
    for (const original of order.slice(0, rank)) {
      if (gone.has(original)) continue;
      const offset = offsetWithin(clips[clip]!, clips[original]!, mostBits);
      if (offset === undefined) continue;
      found.push({ clip, original, offset });
      break;
    }
  }
  return found.sort((a, b) => a.clip - b.clip);
}

function offsetWithin(short: Float64Array, long: Float64Array, mostBits: number): number | undefined {
  const frames = short.length / 4;
  const probes = Array.from({ length: PROBES }, (_, i) => Math.floor(((i + 0.5) * frames) / PROBES)).filter(
    (frame, i, all) => frame !== all[i - 1] && isTelling(short, frame),
  );
  if (probes.length < FEWEST_PROBES) return undefined;
  let best = { offset: 0, bits: Number.POSITIVE_INFINITY };
  for (let offset = 0; offset <= long.length / 4 - frames; offset++) {
    // Most offsets are refused by their first few frames.
    const first = probes.slice(0, 5).map((frame) => differentBits(short, frame, long, frame + offset));
    if (median(first) > 3 * mostBits + 6) continue;
    const bits = median(probes.map((frame) => differentBits(short, frame, long, frame + offset)));
    if (bits < best.bits) best = { offset, bits };
  }
  return best.bits <= mostBits ? best.offset : undefined;
}

function differentBits(a: Float64Array, i: number, b: Float64Array, j: number): number {
  let count = 0;
  for (let word = 0; word < 4; word++) count += setBits(a[4 * i + word]! ^ b[4 * j + word]!);
  return count;
}

function isTelling(hashes: Float64Array, frame: number): boolean {
  let set = 0;
  for (let word = 0; word < 4; word++) set += setBits(hashes[4 * frame + word]!);
  return set >= LEAST_BITS && set <= 64 - LEAST_BITS;
}

function setBits(word: number): number {
  let count = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) count++;
  return count;
}
