import { truncateSync, writeFileSync } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode, encodeVideo, probeVideo } from '../../src/data/index.ts';
import { parseProbe } from '../../src/data/video/probe.ts';
import { ffmpeg, scratch } from './footage.ts';

const folder = scratch();
const numbered = path.join(folder, 'numbered.mp4');
const FRAMES = 50;

/** A picture that says its number: eight bars, bright for a one. */
function picture(number: number): Uint8Array {
  const frame = new Uint8Array(64 * 32 * 3);
  for (let i = 0; i < frame.length; i++) {
    const x = Math.floor(i / 3) % 64;
    frame[i] = (number >> Math.floor(x / 8)) & 1 ? 220 : 30;
  }
  return frame;
}

function numberOf(frame: Uint8Array): number {
  let number = 0;
  for (let bit = 0; bit < 8; bit++) if (frame[(16 * 64 + bit * 8 + 4) * 3]! > 128) number |= 1 << bit;
  return number;
}

async function numbersIn(
  file: string,
  options: { fps?: number; from?: number; count?: number },
): Promise<number[]> {
  const numbers: number[] = [];
  for await (const frame of decode(file, { width: 64, height: 32, ...options }))
    numbers.push(numberOf(frame));
  return numbers;
}

async function collect(frames: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const all: Uint8Array[] = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

beforeAll(async () => {
  const count = await encodeVideo(numbered, range(0, FRAMES).map(picture), {
    width: 64,
    height: 32,
    fps: 20,
  });
  expect(count).toBe(FRAMES);
});

describe('decode and encodeVideo', () => {
  it('keep each frame once and in order', async () => {
    expect(await numbersIn(numbered, {})).toEqual(range(0, FRAMES));
    expect(await numbersIn(numbered, { fps: 20 })).toEqual(range(0, FRAMES));
  });

  it('read exactly the frames that are asked for', async () => {
    expect(await numbersIn(numbered, { from: 17, count: 9 })).toEqual(range(17, 26));
    expect(await numbersIn(numbered, { fps: 20, from: 41, count: 99 })).toEqual(range(41, FRAMES));
  });

  it('halve the rate by leaving out every other frame', async () => {
    const halved = await numbersIn(numbered, { fps: 10 });
    expect(Math.abs(halved.length - FRAMES / 2)).toBeLessThanOrEqual(1);
    expect(new Set(halved.slice(1).map((n, i) => n - halved[i]!))).toEqual(new Set([2]));
  });

  it('give a variable rate as a constant one, by time', async () => {
    const varying = path.join(folder, 'varying.mkv');
    ffmpeg('-i', numbered, '-vf', 'setpts=if(lt(N\\,20)\\,N\\,20+(N-20)*3)/20/TB', '-vsync', '2', varying);
    const numbers = await numbersIn(varying, { fps: 20 });
    expect(Math.abs(numbers.length - (20 + 30 * 3))).toBeLessThanOrEqual(3);
    expect(numbers.slice(0, 20)).toEqual(range(0, 20));
    expect(numbers.every((number, i) => i === 0 || number >= numbers[i - 1]!)).toBe(true);
  });

  it('come out one and all where some are missing from a constant rate', async () => {
    const gaps = path.join(folder, 'gaps.mp4');
    ffmpeg('-i', numbered, '-vf', 'select=gt(mod(n\\,7)\\,1)', '-vsync', '2', gaps);
    const probe = await probeVideo(gaps);
    if (probe.kind === 'none') throw new Error(probe.reason);
    expect(probe.video.fps).toBe(20);
    const shown = new Set(await numbersIn(gaps, { fps: probe.video.fps }));
    expect([...shown]).toEqual(range(0, FRAMES).filter((n) => n % 7 > 1));
  });

  it('turn pictures the way they are shown', async () => {
    const turned = path.join(folder, 'turned.mp4');
    ffmpeg('-i', numbered, '-c', 'copy', '-metadata:s:v:0', 'rotate=90', turned);
    const probe = await probeVideo(turned);
    expect(probe).toMatchObject({ kind: 'video', video: { width: 32, height: 64 } });
    const [frame] = await collect(decode(turned, { width: 32, height: 64, from: 15, count: 1 }));
    // Bits 0 to 3 of frame 15 are bright: the left half, which is the top or the bottom once turned.
    const row = (y: number): number => frame![(y * 32 + 16) * 3]!;
    expect(Math.abs(row(8) - row(56))).toBeGreaterThan(100);
  });

  it('read sizes that are odd', async () => {
    const odd = path.join(folder, 'odd.mkv');
    ffmpeg('-f', 'lavfi', '-i', 'testsrc=size=101x57:rate=10:duration=1', '-pix_fmt', 'yuv444p', odd);
    const frames = await collect(decode(odd, { width: 64, height: 48 }));
    expect(frames).toHaveLength(10);
    expect(frames[0]).toHaveLength(64 * 48 * 3);
  });

  it('leave nothing behind when the frames end in an error', async () => {
    const file = path.join(folder, 'failed.mp4');
    function* failing(): Generator<Uint8Array> {
      yield picture(1);
      throw new Error('the source broke');
    }
    await expect(encodeVideo(file, failing(), { width: 64, height: 32, fps: 20 })).rejects.toThrow(
      'the source broke',
    );
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('write the same bytes from the same frames', async () => {
    const again = path.join(folder, 'again.mp4');
    await encodeVideo(again, range(0, FRAMES).map(picture), { width: 64, height: 32, fps: 20 });
    expect((await readFile(again)).equals(await readFile(numbered))).toBe(true);
  });
});

describe('probeVideo', () => {
  it('says what is wrong with a file that is no video', async () => {
    const empty = path.join(folder, 'empty.mp4');
    writeFileSync(empty, '');
    expect(await probeVideo(empty)).toEqual({ kind: 'none', reason: 'the file is empty (0 bytes)' });
    const sound = path.join(folder, 'sound.m4a');
    ffmpeg('-f', 'lavfi', '-i', 'sine=duration=1', sound);
    expect(await probeVideo(sound)).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('no video'),
    });
    const noise = path.join(folder, 'noise.mp4');
    writeFileSync(noise, Buffer.from(Array.from({ length: 5000 }, (_, i) => (i * 7919) >> 5)));
    expect(await probeVideo(noise)).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('cannot read'),
    });
    const cut = path.join(folder, 'cut.mp4');
    ffmpeg('-i', numbered, '-c', 'copy', cut);
    truncateSync(cut, 1500);
    expect(await probeVideo(cut)).toMatchObject({
      kind: 'none',
      reason: expect.stringContaining('were cut off'),
    });
  });

  it.each([
    ['29.87 fps, 30 tbr', 30],
    ['15.70 fps, 20 tbr', 20],
    ['29.65 fps, 90k tbr', 29.65],
    ['25 fps, 50 tbr', 25],
    ['30 tbr', 30],
  ])('takes from %s the rate at which frames stand', (rates, fps) => {
    expect(parseProbe(`  Stream #0:0: Video: h264, yuv420p, 640x480, ${rates}, 15360 tbn`)).toMatchObject({
      video: { fps },
    });
  });

  it('reads broadcast rates exactly', () => {
    const text =
      'Duration: 00:00:10.01\n  Stream #0:0: Video: h264, yuv420p, 1920x1080 [SAR 1:1 DAR 16:9], 29.97 fps, 30k tbn';
    expect(parseProbe(text)).toMatchObject({ video: { fps: 30000 / 1001, width: 1920, duration: 10.01 } });
  });
});
