import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ffmpeg, scratch } from '../data/footage.ts';
import { reverie } from './reverie.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SHIPPED = path.join(ROOT, 'worlds/racetrack');
const RECIPE = path.join(ROOT, 'configs/clip-15min.yaml');
const folder = scratch();

beforeAll(() => {
  mkdirSync(path.join(folder, 'empty'));
  writeFileSync(path.join(folder, 'zero.mp4'), '');
  ffmpeg('-f', 'lavfi', '-i', 'sine=duration=2', path.join(folder, 'sound.m4a'));
  ffmpeg('-f', 'lavfi', '-i', 'testsrc=duration=0.3:size=160x120:rate=20', path.join(folder, 'blink.mp4'));
  const picture = path.join(folder, 'still.png');
  ffmpeg('-f', 'lavfi', '-i', 'mandelbrot=size=160x120', '-frames:v', '1', picture);
  ffmpeg(
    '-loop',
    '1',
    '-framerate',
    '20',
    '-i',
    picture,
    '-t',
    '4',
    '-pix_fmt',
    'yuv420p',
    path.join(folder, 'still.mp4'),
  );
  ffmpeg('-f', 'lavfi', '-i', 'testsrc=duration=3:size=160x120:rate=20', path.join(folder, 'whole.mp4'));
  // The index of an mp4 stands at its end, so half a file cannot be read.
  const whole = readFileSync(path.join(folder, 'whole.mp4'));
  writeFileSync(path.join(folder, 'truncated.mp4'), whole.subarray(0, whole.length / 2));
  for (const name of ['missing', 'damaged']) cpSync(SHIPPED, path.join(folder, name), { recursive: true });
  rmSync(path.join(folder, 'missing/dynamics.onnx'));
  writeFileSync(path.join(folder, 'damaged/decoder.onnx'), 'not onnx');
});

describe('a mistake gets one line that says what to do, and a non-zero exit', () => {
  it.each([
    [['start', 'nosuch.mp4'], /no such file or folder: nosuch\.mp4/],
    [['ingest', 'empty', '--out', 'd'], /empty.*video/],
    [['ingest', 'zero.mp4', '--out', 'd'], /zero\.mp4.*empty/],
    [['ingest', 'sound.m4a', '--out', 'd'], /sound\.m4a.*no video/],
    [['ingest', 'truncated.mp4', '--out', 'd'], /truncated\.mp4/],
    [['ingest', 'blink.mp4', '--out', 'd'], /blink\.mp4/],
    [['ingest', 'still.mp4', '--out', 'd'], /mo(ve|tion)/],
    [['train', 'nosuch.yaml', '--data', 'd', '--out', 'r'], /no config at nosuch\.yaml/],
    [
      ['train', RECIPE, '--data', 'd', '--out', 'r', '--set', 'dynamics.widht=8'],
      /dynamics\.widht.*did you mean width\?/,
    ],
    [['train', RECIPE, '--data', 'nowhere', '--out', 'r'], /nowhere/],
    [['export', 'nowhere', '--out', 'w'], /nowhere is not a run folder/],
    [['play', 'nowhere'], /nowhere is not a world/],
    [['play', 'damaged'], /decoder\.onnx is damaged/],
    [['play', 'missing'], /lacks dynamics\.onnx/],
    [['play', SHIPPED, '--speed', '3'], /unknown option '--speed'/],
    [['eval', SHIPPED, '--data', 'nowhere'], /nowhere/],
    [['dance'], /unknown command 'dance'/],
  ] as const)('reverie %j', async (args, message) => {
    const { status, err } = await reverie(folder, ...args);
    expect(status).toBe(1);
    expect(err).toMatch(message);
    expect(err).not.toMatch(/^\s+at .*:\d+:\d+/m);
    for (const made of ['d', 'r', 'w'])
      expect(existsSync(path.join(folder, made, 'meta/info.json'))).toBe(false);
  });

  it('names the port that is in use', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    try {
      const { status, err } = await reverie(folder, 'play', SHIPPED, '--port', String(port));
      expect(status).toBe(1);
      expect(err).toContain(String(port));
    } finally {
      server.close();
    }
  });
});

describe('help', () => {
  it('lists every command, each with its own help and an example', async () => {
    const { status, out } = await reverie(folder, '--help');
    expect(status).toBe(0);
    for (const command of ['start', 'ingest', 'train', 'export', 'eval', 'play', 'info']) {
      expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
      const help = await reverie(folder, command, '--help');
      expect(help.status).toBe(0);
      expect(help.out).toMatch(command === 'info' ? /Usage: reverie info/ : /Examples?:\n {2}\$ /);
    }
  });
});
