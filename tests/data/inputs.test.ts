import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { decode, probeVideo, renderSample } from '../../src/data/index.ts';
import { lookOf } from '../../src/data/ingest/frameLook.ts';
import { findClips } from '../../src/data/ingest/inputs.ts';
import { nearDuplicates } from '../../src/data/ingest/nearDuplicates.ts';
import { readRules } from '../../src/data/ingest/rules.ts';
import { ffmpeg, scratch } from './footage.ts';

const folder = scratch();
const town = path.join(folder, 'town.mp4');

beforeAll(async () => {
  await renderSample(folder, { seconds: 4, width: 96, height: 72, fps: 20, seed: 6 });
});

async function hashes(file: string): Promise<Float64Array> {
  const words: number[] = [];
  for await (const grey of decode(file, { width: 96, height: 72, pixels: 'gray' })) {
    words.push(...lookOf(grey, 96, undefined).hash);
  }
  return Float64Array.from(words);
}

describe('findClips', () => {
  it('takes numbered pictures for a video, in the order of their numbers', async () => {
    const pictures = path.join(folder, 'pictures');
    mkdirSync(pictures);
    // Grey levels that rise with the number; the names have no leading zeros.
    for (let i = 0; i < 12; i++) {
      const grey = (20 * i).toString(16).padStart(2, '0');
      const input = `color=c=0x${grey}${grey}${grey}:size=32x32:duration=0.1:rate=10`;
      ffmpeg('-f', 'lavfi', '-i', input, '-frames:v', '1', path.join(pictures, `shot${i}.png`));
    }
    const { clips } = await findClips([pictures], 12);
    expect(clips).toMatchObject([
      { name: 'pictures', video: { width: 32, height: 32, fps: 12, duration: 1 } },
    ]);
    const levels: number[] = [];
    for await (const grey of decode(pictures, { width: 16, height: 16, fps: 12, pixels: 'gray' })) {
      levels.push(grey[0]!);
    }
    expect(levels).toHaveLength(12);
    expect(levels.every((level, i) => i === 0 || level > levels[i - 1]!)).toBe(true);
  });

  it('reads glob patterns, and says when nothing matches', async () => {
    const { clips } = await findClips([path.join(folder, '*.mp4')]);
    expect(clips.map(({ name }) => name)).toEqual(['town.mp4']);
    await expect(findClips([path.join(folder, '*.avi')])).rejects.toThrow(/nothing matches .*\*\.avi/);
  });

  it('notices a high dynamic range, and several streams do not confuse it', async () => {
    const hdr = path.join(folder, 'hdr.mkv');
    ffmpeg(
      ...['-i', town, '-f', 'lavfi', '-i', 'sine=duration=4', '-f', 'lavfi', '-i', 'testsrc=duration=4'],
      ...['-map', '1:a', '-map', '0:v', '-map', '2:v', '-map', '1:a', '-c:v', 'libx264'],
      ...['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc', hdr],
    );
    expect(await probeVideo(hdr)).toMatchObject({ video: { hdr: true, width: 96 } });
    let frames = 0;
    for await (const frame of decode(hdr, { width: 96, height: 72, hdr: true })) {
      frames++;
      expect(Math.max(...frame)).toBeGreaterThan(30);
    }
    expect(frames).toBe(80);
  });
});

describe('nearDuplicates', () => {
  it('finds a clip that was trimmed, scaled, brightened and encoded again, and where it begins', async () => {
    const copy = path.join(folder, 'copy.avi');
    ffmpeg('-ss', '1', '-i', town, '-t', '2.5', '-vf', 'scale=64:48,eq=brightness=0.05', '-q:v', '6', copy);
    const other = scratch();
    await renderSample(other, { seconds: 3, width: 96, height: 72, fps: 20, seed: 9 });
    const clips = await Promise.all([copy, path.join(other, 'town.mp4'), town].map(hashes));
    const { duplicateBits } = await readRules();
    expect(nearDuplicates(clips, duplicateBits)).toEqual([{ clip: 0, original: 2, offset: 20 }]);
  });
});

describe('readRules', () => {
  it('refuses what it does not know', async () => {
    const file = path.join(folder, 'rules.yaml');
    writeFileSync(file, 'blackBrightnes: 10\n');
    await expect(readRules(file)).rejects.toThrow(/rules\.yaml/);
    await expect(readRules(path.join(folder, 'none.yaml'))).rejects.toThrow(/no config at .*none\.yaml/);
  });
});
