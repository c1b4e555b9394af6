import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UserError } from '../../errors.ts';
import { ffmpegPath } from './binary.ts';
import { type ImageSequence, imageBytes, imageSequence, SEQUENCE_FPS } from './imageSequence.ts';
import { bytesOfFrame, type PixelFormat } from './pixels.ts';

/** How frames are wanted. */
export interface DecodeOptions {
  /** Size of a frame in pixels; the picture is scaled to cover it and the overhang is cropped in the middle. */
  readonly width: number;
  readonly height: number;
  /** Constant frame rate to deliver; the file's own timestamps decide which frame is shown when. */
  readonly fps?: number;
  /** How pixels are stored; `rgb24` by default. */
  readonly pixels?: PixelFormat;
  /** Where to begin, in seconds; jumps there without decoding what lies before. */
  readonly fromSeconds?: number;
  /** How many frames to leave out at the start; they are decoded, so the count is exact. */
  readonly from?: number;
  /** How many frames to deliver at most. */
  readonly count?: number;
  /** Whether the video has a high dynamic range (PQ or HLG), to be mapped to what a plain screen shows. */
  readonly hdr?: boolean;
  /** Writes the same frames to a file too, at another size, without decoding them twice. */
  readonly copy?: FrameCopy;
}

/** A copy of the frames as `yuv420p`, one after another and nothing else: nothing is faster to write and to read. */
export interface FrameCopy {
  readonly file: string;
  readonly width: number;
  readonly height: number;
}

/**
 * Decodes a video frame by frame in constant memory, with the display rotation applied.
 *
 * @param file path of the video, or of a folder that is an image sequence at the rate `fps`
 * @param options size, rate and range
 * @returns frames, each a fresh uint8 array in the layout of {@link PixelFormat}
 * @throws UserError when ffmpeg reports an error that stops it, with ffmpeg's own words
 */
export async function* decode(file: string, options: DecodeOptions): AsyncGenerator<Uint8Array> {
  const { width, height, pixels = 'rgb24' } = options;
  const frameBytes = bytesOfFrame(pixels, width, height);
  const sequence = await imageSequence(file);
  const child = spawn(ffmpegPath(), decodeArguments(file, sequence, options), {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  feed(child.stdin, sequence, options);
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

/** Each has a frame in work, so that decoding goes on while a frame before is scaled or waits to be read. */
const DECODING_THREADS = 6;

/** Gives ffmpeg the pictures of a sequence. It may stop reading early, which is no error here. */
function feed(stdin: Writable, sequence: ImageSequence | undefined, options: DecodeOptions): void {
  if (sequence === undefined) {
    stdin.on('error', () => undefined);
    stdin.end();
    return;
  }
  const first = Math.round((options.fromSeconds ?? 0) * (options.fps ?? SEQUENCE_FPS));
  pipeline(Readable.from(imageBytes(sequence.files.slice(first))), stdin).catch(() => undefined);
}

function decodeArguments(
  file: string,
  sequence: ImageSequence | undefined,
  options: DecodeOptions,
): string[] {
  const { fps, pixels = 'rgb24', fromSeconds = 0, count, copy } = options;
  const seek = fromSeconds > 0 ? ['-ss', String(fromSeconds)] : [];
  const input =
    sequence === undefined
      ? ['-nostdin', '-threads', String(DECODING_THREADS), ...seek, '-i', file]
      : [
          ...['-f', 'image2pipe', '-framerate', String(fps ?? SEQUENCE_FPS)],
          ...['-c:v', sequence.codec, '-i', 'pipe:0'],
        ];
  const output = (size: FrameSize): string[] => [
    ...['-map', '0:V:0', '-an', '-sn', '-dn', '-vf', filtersOf(options, size)],
    ...[
      '-vsync',
      fps === undefined ? '0' : '1',
      ...(count === undefined ? [] : ['-frames:v', String(count)]),
    ],
  ];
  return [
    ...['-v', 'error', '-y', ...input, ...output(options)],
    ...['-pix_fmt', pixels, '-f', 'rawvideo', 'pipe:1'],
    ...(copy === undefined ? [] : [...output(copy), '-pix_fmt', 'yuv420p', '-f', 'rawvideo', copy.file]),
  ];
}

type FrameSize = Pick<DecodeOptions, 'width' | 'height'>;

/** Hable's curve on linear light, from BT.2020 to BT.709. */
const TONE_MAP =
  'zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=hable:desat=0,zscale=t=bt709:m=bt709:r=tv,format=yuv420p';

function filtersOf({ fps, from = 0, hdr = false }: DecodeOptions, { width, height }: FrameSize): string {
  const filters: string[] = [];
  if (fps !== undefined) filters.push(`fps=${fps}`);
  if (from > 0) filters.push(`select=gte(n\\,${from})`, 'setpts=PTS-STARTPTS');
  filters.push('scale=iw*sar:ih', 'setsar=1');
  filters.push(
    `scale=${width}:${height}:force_original_aspect_ratio=increase:flags=area:out_color_matrix=bt601:out_range=tv`,
  );
  filters.push(`crop=${width}:${height}`);
  if (hdr) filters.push(TONE_MAP);
  return filters.join(',');
}
