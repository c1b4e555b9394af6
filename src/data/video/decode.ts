import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { UserError } from '../../errors.ts';
import { ffmpegPath } from './binary.ts';

/** How frames are wanted. */
export interface DecodeOptions {
  /** Size of a frame in pixels; the picture is scaled to cover it and the overhang is cropped in the middle. */
  readonly width: number;
  readonly height: number;
  /** Constant frame rate to deliver; the file's own timestamps decide which frame is shown when. */
  readonly fps?: number;
  /** `rgb24` (default) is 3 bytes a pixel, `gray` is 1. */
  readonly pixels?: 'rgb24' | 'gray';
  /** Where to begin, in seconds; jumps there without decoding what lies before. */
  readonly fromSeconds?: number;
  /** How many frames to leave out at the start; they are decoded, so the count is exact. */
  readonly from?: number;
  /** How many frames to deliver at most. */
  readonly count?: number;
}

/**
 * Decodes a video frame by frame in constant memory, with the display rotation applied.
 *
 * @param file path of the video
 * @param options size, rate and range
 * @returns frames, each a fresh uint8 array [height, width, 3] (or [height, width] for `gray`)
 * @throws UserError when ffmpeg reports an error that stops it, with ffmpeg's own words
 */
export async function* decode(file: string, options: DecodeOptions): AsyncGenerator<Uint8Array> {
  const { width, height, pixels = 'rgb24' } = options;
  const frameBytes = width * height * (pixels === 'gray' ? 1 : 3);
  const child = spawn(ffmpegPath(), decodeArguments(file, options), { stdio: ['ignore', 'pipe', 'pipe'] });
  const closed = once(child, 'close');
  // The frames are consumed before the close event is awaited; a rejection must not be unhandled until then.
  closed.catch(() => undefined);
  let complaint = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-4000);
  });
  let finished = false;
  try {
    let frame = new Uint8Array(frameBytes);
    let filled = 0;
    for await (const chunk of child.stdout) {
      const bytes: Uint8Array = chunk;
      let taken = 0;
      while (taken < bytes.length) {
        const part = bytes.subarray(taken, taken + frameBytes - filled);
        frame.set(part, filled);
        filled += part.length;
        taken += part.length;
        if (filled < frameBytes) continue;
        yield frame;
        frame = new Uint8Array(frameBytes);
        filled = 0;
      }
    }
    finished = true;
  } finally {
    if (!finished) child.kill('SIGKILL');
  }
  const [code]: unknown[] = await closed;
  if (code !== 0) {
    const words = complaint.trim().split('\n').at(-1) ?? '';
    throw new UserError(`${file} cannot be decoded (${words})`, 'check that it plays, or leave it out');
  }
}

function decodeArguments(file: string, options: DecodeOptions): string[] {
  const { width, height, fps, pixels = 'rgb24', from = 0, fromSeconds = 0, count } = options;
  const filters: string[] = [];
  if (fps !== undefined) filters.push(`fps=${fps}`);
  if (from > 0) filters.push(`select=gte(n\\,${from})`, 'setpts=PTS-STARTPTS');
  filters.push('scale=iw*sar:ih', 'setsar=1');
  filters.push(`scale=${width}:${height}:force_original_aspect_ratio=increase:flags=area`);
  filters.push(`crop=${width}:${height}`);
  const limit = count === undefined ? [] : ['-frames:v', String(count)];
  return [
    ...['-v', 'error', '-nostdin', ...(fromSeconds > 0 ? ['-ss', String(fromSeconds)] : []), '-i', file],
    ...['-map', '0:v:0', '-an', '-sn', '-dn'],
    ...['-vf', filters.join(','), '-vsync', fps === undefined ? '0' : '1', ...limit],
    ...['-pix_fmt', pixels, '-f', 'rawvideo', 'pipe:1'],
  ];
}
