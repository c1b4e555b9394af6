import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ingest, renderSample } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import { ffmpeg, scratch } from './footage.ts';

// Files that cameras, downloads and people make: each is either taken or refused with one line, and a refusal
// leaves no dataset behind.
const folder = scratch();
const town = path.join(folder, 'town.mp4');
const at = (name: string): string => path.join(folder, name);

/** The sample, changed by ffmpeg. */
const variant =
  (...options: string[]) =>
  (file: string): void =>
    ffmpeg('-i', town, ...options, file);
/** Bytes of the sample, changed. */
const bytes =
  (change: (whole: Buffer) => Buffer) =>
  (file: string): void =>
    writeFileSync(file, change(readFileSync(town)));
const damaged = (from: number, to: number, value: number) =>
  bytes((whole) =>
    Buffer.from(whole).fill(value, Math.floor(whole.length * from), Math.floor(whole.length * to)),
  );
const source =
  (input: string, ...options: string[]) =>
  (file: string): void =>
    ffmpeg('-f', 'lavfi', '-i', input, ...options, file);

const TAKEN: readonly (readonly [string, (file: string) => void])[] = [
  ['portrait.mp4', variant('-vf', 'transpose=1')],
  ['rotated.mp4', variant('-c', 'copy', '-metadata:s:v:0', 'rotate=90')],
  ['upside-down.mp4', variant('-c', 'copy', '-metadata:s:v:0', 'rotate=180')],
  ['odd-size.mkv', variant('-vf', 'scale=97:71', '-pix_fmt', 'yuv444p')],
  ['wide-pixels.mp4', variant('-vf', 'setsar=2')],
  ['variable.mkv', variant('-vf', 'setpts=(N+0.3*mod(N\\,3))/20/TB', '-vsync', '2')],
  ['mpeg4.avi', variant('-c:v', 'mpeg4', '-q:v', '3')],
  ['motion-jpeg.mov', variant('-c:v', 'mjpeg', '-q:v', '3', '-pix_fmt', 'yuvj420p')],
  ['vp9.webm', variant('-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-cpu-used', '8')],
  ['hevc.mp4', variant('-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=none')],
  ['transport.ts', variant('-c', 'copy')],
  ['raw.h264', variant('-c', 'copy')],
  ['flash.flv', variant('-c', 'copy')],
  ['ten-bit.mkv', variant('-c:v', 'ffv1', '-pix_fmt', 'yuv420p10le')],
  ['grey.mkv', variant('-c:v', 'ffv1', '-pix_fmt', 'gray')],
  ['60fps.mp4', variant('-vf', 'setpts=N/60/TB', '-r', '60')],
  ['offset.mkv', variant('-c', 'copy', '-output_ts_offset', '1000')],
  ['no-ending', variant('-c', 'copy', '-f', 'mp4')],
  ["quote's & $PATH.mp4", variant('-c', 'copy')],
  ['percent-%d.mp4', variant('-c', 'copy')],
  ['-dash.mp4', variant('-c', 'copy')],
  ['junk-at-end.mp4', bytes((whole) => Buffer.concat([whole, Buffer.alloc(50_000, 0x55)]))],
  [
    'bad-middle.ts',
    (file) => {
      variant('-c', 'copy')(file);
      const whole = readFileSync(file);
      writeFileSync(file, whole.fill(0, Math.floor(whole.length * 0.6), Math.floor(whole.length * 0.62)));
    },
  ],
];

const REFUSED: readonly (readonly [string, (file: string) => void])[] = [
  ['empty.mp4', bytes(() => Buffer.alloc(0))],
  ['one-byte.mp4', bytes((whole) => whole.subarray(0, 1))],
  ['head-only.mp4', bytes((whole) => whole.subarray(0, 40))],
  ['zeros.mp4', bytes((whole) => Buffer.alloc(whole.length))],
  ['text.mp4', bytes(() => Buffer.from('this is not a video\n'.repeat(100)))],
  ['html.mp4', bytes(() => Buffer.from('<!doctype html><title>404</title>'))],
  ['lfs-pointer.mp4', bytes(() => Buffer.from('version https://git-lfs.github.com/spec/v1\n'))],
  ['reversed.mp4', bytes((whole) => Buffer.from(whole).reverse())],
  ['bad-head.mp4', damaged(0, 0.4, 0xff)],
  ['all-ones.mp4', damaged(0, 1, 0xff)],
  ['sound.m4a', source('sine=duration=2')],
  ['sound.mp3', source('sine=duration=2')],
  ['picture.gif', source('testsrc=size=64x48', '-frames:v', '1')],
  ['picture.bmp', source('testsrc=size=64x48', '-frames:v', '1')],
  ['blink.mp4', source('testsrc=size=64x48:rate=20:duration=0.2')],
  ['black.mp4', source('color=c=black:size=64x48:rate=20:duration=3')],
  ['white.mp4', source('color=c=white:size=64x48:rate=20:duration=3')],
  ['frozen.mp4', variant('-vf', 'trim=end_frame=1,loop=60:1:0,setpts=N/20/TB', '-r', '20')],
  ['fog.mp4', variant('-vf', 'boxblur=15:4,eq=contrast=0.05')],
  ['archive.mp4', bytes(() => Buffer.from('PK\u0003\u0004'.padEnd(4000, 'x')))],
];

beforeAll(async () => {
  await renderSample(folder, { seconds: 3, width: 96, height: 72, fps: 20, seed: 4 });
});

describe('odd files are taken', () => {
  it.each(TAKEN)('%s', async (name, make) => {
    make(at(name));
    const out = at(`out-${TAKEN.findIndex(([other]) => other === name)}`);
    const { info } = await ingest({ inputs: [at(name)], out, fieldOfView: 80 });
    const frames = info.episodes.reduce((sum, { length }) => sum + length, 0);
    // Three seconds, give or take what a damaged stretch costs; sixty frames a second last one.
    expect(frames).toBeGreaterThan(name.startsWith('60fps') ? 24 : 40);
    expect(frames).toBeLessThan(70);
  });
});

describe('files that are no use are refused', () => {
  it('there are at least forty files in all', () => {
    expect(TAKEN.length + REFUSED.length).toBeGreaterThanOrEqual(40);
  });

  it.each(REFUSED)('%s', async (name, make) => {
    make(at(name));
    const out = at(`refused-${REFUSED.findIndex(([other]) => other === name)}`);
    const attempt = ingest({ inputs: [at(name)], out, fieldOfView: 80 });
    const error: unknown = await attempt.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).not.toContain('\n');
    expect(existsSync(path.join(out, 'meta/info.json'))).toBe(false);
  });

  it('a folder of them with one good file gives a dataset of that file', async () => {
    const mixed = at('mixed');
    mkdirSync(mixed);
    for (const [name, make] of REFUSED.slice(0, 9)) make(path.join(mixed, name));
    writeFileSync(path.join(mixed, 'good.mp4'), readFileSync(town));
    const { info } = await ingest({ inputs: [mixed], out: at('mixed-out'), fieldOfView: 80 });
    expect(new Set(info.episodes.map((episode) => episode.source))).toEqual(new Set(['good.mp4']));
  });
});
