import { readFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { smoothMotion } from '../../src/data/actions/smooth.ts';
import { type Calibration, calibrate } from '../../src/data/egomotion/calibrate.ts';
import type { Camera } from '../../src/data/egomotion/camera.ts';
import { motionEstimator } from '../../src/data/egomotion/estimate.ts';
import { fieldOfView } from '../../src/data/egomotion/lens.ts';
import { Tracker, type Tracks } from '../../src/data/egomotion/tracker.ts';
import { decode, probeVideo, renderSample } from '../../src/data/index.ts';
import { measuringSize } from '../../src/data/ingest/clipSight.ts';
import { median } from '../../src/data/statistics.ts';
import { correlation, readNumbers, realVideo, scratch } from './footage.ts';

interface Measured {
  readonly camera: Camera;
  readonly range: Calibration['range'];
  /** [frames − 1][6] */
  readonly motion: number[][];
}

/** Tracks, calibrates and measures a clip as `ingest` does. */
async function measure(file: string, count?: number, known?: number): Promise<Measured> {
  const probe = await probeVideo(file);
  if (probe.kind !== 'video') throw new Error(probe.reason);
  const { width, height } = measuringSize(probe.video.width, probe.video.height);
  const tracker = new Tracker(width, height);
  const pairs: { tracks: Tracks; corners: number }[] = [];
  const limit = count === undefined ? {} : { count };
  for await (const frame of decode(file, { width, height, fps: probe.video.fps, pixels: 'gray', ...limit })) {
    const pair = tracker.next(frame);
    if (pair !== undefined) pairs.push(pair);
  }
  const every = Math.max(1, Math.floor(pairs.length / 120));
  const sampled = pairs.filter((_, i) => i % every === 0).map(({ tracks }) => tracks);
  const { camera, range } = calibrate(sampled, width, height, known);
  const estimates = pairs.map(({ tracks }) => tracks).map(motionEstimator(camera));
  const flat = Float64Array.from(estimates.flatMap(({ displacement }) => Array.from(displacement)));
  const smooth = smoothMotion(
    flat,
    6,
    Float64Array.from(estimates, ({ confidence }) => confidence),
  );
  return { camera, range, motion: estimates.map((_, t) => Array.from(smooth.slice(6 * t, 6 * t + 6))) };
}

/** True motion between consecutive poses: forward and strafe in metres, yaw and pitch in radians. */
function truth(file: string): { forward: number[]; strafe: number[]; yaw: number[]; pitch: number[] } {
  const rows = readNumbers(readFileSync(file, 'utf8'));
  const result = {
    forward: [] as number[],
    strafe: [] as number[],
    yaw: [] as number[],
    pitch: [] as number[],
  };
  for (const [t, after] of rows.entries()) {
    const before = rows[t - 1];
    if (before === undefined) continue;
    const axis = (row: readonly number[], column: number): number[] =>
      [0, 1, 2].map((i) => row[5 + 3 * i + column]!);
    const dot = (a: readonly number[], b: readonly number[]): number =>
      a.reduce((sum, x, i) => sum + x * b[i]!, 0);
    const step = [0, 1, 2].map((i) => after[2 + i]! - before[2 + i]!);
    const ahead = [0, 1, 2].map((column) => dot(axis(before, column), axis(after, 2)));
    result.forward.push(dot(step, axis(before, 2)));
    result.strafe.push(dot(step, axis(before, 0)));
    result.yaw.push(Math.atan2(ahead[0]!, ahead[2]!));
    result.pitch.push(Math.asin(-ahead[1]!));
  }
  return result;
}

const column = (motion: readonly (readonly number[])[], k: number): number[] => motion.map((row) => row[k]!);
const medianError = (a: readonly number[], b: readonly number[]): number =>
  median(a.map((value, i) => Math.abs(value - b[i]!)));
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function tell(name: string, figures: Record<string, number>): void {
  const text = Object.entries(figures).map(([key, value]) => `${key} ${Number(value.toPrecision(3))}`);
  process.stdout.write(`${name}: ${text.join(', ')}\n`);
}

describe('ego-motion on the rendered town', () => {
  let measured: Measured;
  let poses: ReturnType<typeof truth>;

  beforeAll(async () => {
    const folder = scratch();
    const video = await renderSample(folder, { seconds: 25, width: 192, height: 144, fps: 20, seed: 2 });
    measured = await measure(video);
    poses = truth(path.join(folder, 'town.csv'));
  });

  it('finds the lens', () => {
    tell('town', {
      'field of view (true 80)': fieldOfView(measured.camera.lens),
      curve: measured.camera.lens.curve,
      ...measured.range,
    });
    expect(Math.abs(fieldOfView(measured.camera.lens) / 80 - 1)).toBeLessThan(0.08);
    expect(measured.camera.lens.curve).toBe(1);
    expect(measured.range!.from).toBeLessThanOrEqual(80);
    expect(measured.range!.to).toBeGreaterThanOrEqual(80);
  });

  it('measures turns', () => {
    const [yaw, pitch] = [column(measured.motion, 3), column(measured.motion, 4)];
    const figures = {
      'yaw correlation': correlation(yaw, poses.yaw),
      'yaw median error': medianError(yaw, poses.yaw),
      'pitch median error': medianError(pitch, poses.pitch),
      'roll median size': median(column(measured.motion, 5).map(Math.abs)),
    };
    tell('town', figures);
    expect(figures['yaw correlation']).toBeGreaterThan(0.98);
    expect(figures['yaw median error']).toBeLessThan(0.0015);
    expect(figures['pitch median error']).toBeLessThan(0.002);
  });

  it('measures moving ahead, and knows when the camera stands', () => {
    const forward = column(measured.motion, 0);
    const strafe = column(measured.motion, 1);
    const moving = poses.forward.flatMap((value, t) => (value > 0.1 ? [t] : []));
    const angle = (t: number): number =>
      Math.abs(Math.atan2(strafe[t]!, forward[t]!) - Math.atan2(poses.strafe[t]!, poses.forward[t]!));
    const standing = poses.forward.flatMap((value, t) => (value < 0.001 ? [Math.abs(forward[t]!)] : []));
    const figures = {
      'forward correlation': correlation(forward, poses.forward),
      'direction median error': median(moving.map(angle)),
      'standing over typical': median(standing) / median(forward),
    };
    tell('town', figures);
    expect(figures['forward correlation']).toBeGreaterThan(0.85);
    expect(figures['direction median error']).toBeLessThan(0.1);
    expect(figures['standing over typical']).toBeLessThan(0.1);
  });
});

describe.each([
  [62, 1, 41],
  [90, 0.5, 45],
  [110, 0.5, 46],
])('a town through a lens of %d degrees and curve %d', (degrees, curve, seed) => {
  it('is told from its lens', async () => {
    const lens = { fieldOfView: degrees, curve };
    const video = await renderSample(scratch(), {
      ...{ seconds: 20, width: 200, height: 150, fps: 15, seed },
      lens,
    });
    const { camera, range } = await measure(video);
    tell('town', { 'true field of view': degrees, found: fieldOfView(camera.lens), ...range });
    expect(Math.abs(fieldOfView(camera.lens) / degrees - 1)).toBeLessThan(0.1);
    expect(range!.from).toBeLessThanOrEqual(degrees);
    expect(range!.to).toBeGreaterThanOrEqual(degrees);
  });
});

const street = realVideo('street');
describe.skipIf(street === undefined)('ego-motion on a street with metric poses', () => {
  it('follows the right turn', async () => {
    const { camera, motion } = await measure(path.join(street!, '000.mp4'));
    const poses = truth(path.join(street!, '000.csv'));
    const known = await measure(path.join(street!, '000.mp4'), undefined, 81.8);
    const yaw = column(known.motion, 3);
    const figures = {
      'field of view (true 81.8)': fieldOfView(camera.lens),
      'yaw correlation': correlation(yaw, poses.yaw),
      'yaw median error': medianError(yaw, poses.yaw),
      'total turn over true': sum(yaw) / sum(poses.yaw),
      'total turn over true, lens unknown': sum(column(motion, 3)) / sum(poses.yaw),
      'forward correlation': correlation(column(known.motion, 0), poses.forward),
    };
    tell('street', figures);
    expect(figures['yaw correlation']).toBeGreaterThan(0.97);
    expect(Math.abs(figures['total turn over true'] - 1)).toBeLessThan(0.1);
    expect(figures['forward correlation']).toBeGreaterThan(0.8);
  });
});

/** The lag in frames at which motion follows the driver's command best, and how well. */
function bestLag(yaw: readonly number[], steering: readonly number[]): { lag: number; match: number } {
  let best = { lag: 0, match: -1 };
  for (let lag = -3; lag <= 10; lag++) {
    const pairs = yaw.flatMap((value, t) =>
      steering[t - lag] === undefined ? [] : [[value, steering[t - lag]!]],
    );
    const match = correlation(
      pairs.map(([value]) => value!),
      pairs.map(([, command]) => command!),
    );
    if (match > best.match) best = { lag, match };
  }
  return best;
}

describe.each([
  ['racetrack', '003', 0.9],
  ['garage', '000', 0.85],
])('ego-motion on the %s', (name, clip, least) => {
  const folder = realVideo(name);
  it.skipIf(folder === undefined)('follows the steering', async () => {
    const { camera, motion } = await measure(path.join(folder!, `${clip}.mp4`), 900);
    const steering = column(readNumbers(readFileSync(path.join(folder!, `${clip}.csv`), 'utf8')), 2);
    const { lag, match } = bestLag(column(motion, 3), steering);
    tell(name, {
      'steering correlation': match,
      'lag in frames': lag,
      'field of view': fieldOfView(camera.lens),
    });
    expect(match).toBeGreaterThan(least);
    expect(lag).toBeGreaterThanOrEqual(1);
  });
});
