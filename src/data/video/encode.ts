import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { UserError } from '../../errors.ts';
import { ffmpegPath } from './binary.ts';
import type { PixelFormat } from './pixels.ts';

/** How a video is written. */
export interface EncodeOptions {
  readonly width: number;
  readonly height: number;
  readonly fps: number;
  /** How the frames are given; `rgb24` by default. */
  readonly pixels?: PixelFormat;
  /** Constant rate factor of x264, smaller is better; 13 is visually lossless. */
  readonly quality?: number;
  /** Frames from one key frame to the next; short ones make random access cheap. */
  readonly keyEvery?: number;
}

/**
 * Writes frames as an H.264 mp4 (yuv420p), one picture per frame and none twice. The file appears under its
 * name only when it is complete; the same frames always give the same bytes.
 *
 * @param file where to write; missing folders are made
 * @param frames uint8 frames in the layout of {@link PixelFormat}
 * @returns how many frames were written
 * @throws UserError when the disk is full or ffmpeg refuses, and then nothing is left behind
 */
export async function encodeVideo(
  file: string,
  frames: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  options: EncodeOptions,
): Promise<number> {
  await mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.partial.mp4`;
  const child = spawn(ffmpegPath(), encodeArguments(temporary, options), {
    stdio: ['pipe', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  closed.catch(() => undefined);
  let complaint = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (chunk: string) => {
    complaint = (complaint + chunk).slice(-4000);
  });
  // A broken pipe says nothing that the exit code does not say better.
  child.stdin.on('error', () => undefined);
  let done = false;
  let count = 0;
  try {
    for await (const frame of frames) {
      if (child.exitCode !== null || child.stdin.destroyed) break;
      count++;
      if (!child.stdin.write(frame)) await writable(child.stdin);
    }
    child.stdin.end();
    const [code]: unknown[] = await closed;
    if (code !== 0) throw encodeError(file, complaint);
    await rename(temporary, file);
    done = true;
    return count;
  } finally {
    if (!done) {
      child.kill('SIGKILL');
      await rm(temporary, { force: true });
    }
  }
}

/** Waits until a stream takes more, or will never again. */
export function writable(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      for (const event of ['drain', 'error', 'close']) stream.off(event, done);
      resolve();
    };
    for (const event of ['drain', 'error', 'close']) stream.on(event, done);
    if (stream.destroyed) done();
  });
}

function encodeArguments(file: string, options: EncodeOptions): string[] {
  const { width, height, fps, pixels = 'rgb24', quality = 13, keyEvery = 12 } = options;
  return [
    ...['-v', 'error', '-nostdin', '-y', '-f', 'rawvideo', '-pix_fmt', pixels],
    ...['-s', `${width}x${height}`, '-r', String(fps), '-i', 'pipe:0'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-crf', String(quality), '-pix_fmt', 'yuv420p'],
    ...[
      '-g',
      String(keyEvery),
      '-bf',
      '0',
      '-threads',
      '2',
      '-movflags',
      '+faststart',
      '-fflags',
      '+bitexact',
    ],
    file,
  ];
}

function encodeError(file: string, complaint: string): UserError {
  if (/No space left on device/.test(complaint)) {
    return new UserError(
      `the disk is full while writing ${file}`,
      'free some space and run the command again',
    );
  }
  const words = complaint.trim().split('\n').at(-1) ?? '';
  return new UserError(`cannot write ${file} (${words})`);
}
