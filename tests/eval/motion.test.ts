import { Matrix } from 'ml-matrix';
import { describe, expect, test } from 'vitest';
import { alignedMotion } from '../../src/eval/motion/alignment.ts';
import { opticalFlow, visibleInBoth, warp } from '../../src/eval/motion/flow.ts';
import { angleOf, rotationOf, trajectory, umeyama } from '../../src/eval/motion/trajectory.ts';
import { seededRandom } from '../../src/random.ts';
import type { Frame } from '../../src/world/types.ts';
import { FOCAL, SIZE, sceneFrame } from './fakes.ts';

const LENS = { ...SIZE, focal: FOCAL, curve: 1 };

/** A frame whose pixel x shows what a scene has at `map(x, y)`, from the middle. */
function seenThrough(map: (x: number, y: number) => readonly [number, number]): Frame {
  const [width, height] = [96, 64];
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = map(x - (width - 1) / 2, y - (height - 1) / 2);
      const level =
        120 +
        40 * Math.sin(u * 0.21 + v * 0.07) +
        40 * Math.cos(v * 0.19 - u * 0.04) +
        20 * Math.sin(u * 0.4);
      rgb.fill(Math.round(level), (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { width, height, rgb };
}

const still = seenThrough((x, y) => [x, y]);
const lens = { width: 96, height: 64, focal: 80, curve: 1 };
const motionTo = (frame: Frame) => alignedMotion({ before: still, frames: [frame] }, lens)[0]!;

describe('the second judge', () => {
  test('reads yaw and pitch from what a pinhole camera sees when it turns', () => {
    // Right and up: where a direction of the turned camera pointed before.
    const [yaw, pitch] = [0.05, 0.025];
    const turned = seenThrough((x, y) => {
      const [upY, upZ] = [
        y * Math.cos(pitch) - 80 * Math.sin(pitch),
        80 * Math.cos(pitch) + y * Math.sin(pitch),
      ];
      const [rightX, rightZ] = [
        x * Math.cos(yaw) + upZ * Math.sin(yaw),
        upZ * Math.cos(yaw) - x * Math.sin(yaw),
      ];
      return [(80 * rightX) / rightZ, (80 * upY) / rightZ];
    });
    const found = motionTo(turned);
    expect(found.yaw).toBeCloseTo(yaw, 2);
    expect(found.pitch).toBeCloseTo(pitch, 2);
    expect(Math.abs(found.forward)).toBeLessThan(0.02);
  });

  test('reads forward motion from the way that a floor comes nearer', () => {
    // A floor one unit below fills the picture from the horizon down, under a far wall: all of it one step nearer.
    const step = 0.1;
    const nearer = seenThrough((x, y) => {
      const nearness = Math.hypot(Math.max(y, 0) / Math.hypot(x, y, 80), 0.15);
      const shrink = 1 - (step * nearness * Math.hypot(x, y, 80)) / 80;
      return [x * shrink, y * shrink];
    });
    const found = motionTo(nearer);
    expect(found.forward / step).toBeGreaterThan(0.9);
    expect(found.forward / step).toBeLessThan(1.1);
    expect(Math.abs(found.yaw)).toBeLessThan(0.003);
  });

  test('reads roll from a turn of the picture', () => {
    const [c, s] = [Math.cos(0.06), Math.sin(0.06)];
    // The camera rolls clockwise by 0.06: what it sees turns counter-clockwise.
    expect(motionTo(seenThrough((x, y) => [c * x - s * y, s * x + c * y])).roll).toBeCloseTo(0.06, 2);
  });

  test('sees no motion in a still picture, in another brightness, or in nothing at all', () => {
    const brighter = { ...still, rgb: still.rgb.map((level) => level + 20) };
    const grey = { ...still, rgb: still.rgb.map(() => 128) };
    for (const frame of [still, brighter, grey]) {
      for (const value of Object.values(motionTo(frame))) expect(Math.abs(value)).toBeLessThan(0.002);
    }
  });

  test.each([-0.05, -0.02, 0.03, 0.06])('sees a camera pan by %f radians', (yaw) => {
    const found = alignedMotion({ before: sceneFrame(1), frames: [sceneFrame(1 + yaw)] }, LENS)[0]!;
    expect(found.yaw / yaw).toBeGreaterThan(0.8);
    expect(found.yaw / yaw).toBeLessThan(1.2);
  });
});

describe('optical flow', () => {
  const shifted = seenThrough((x, y) => [x + 3, y + 1]);

  test('takes the next frame back to the one before', async () => {
    const back = warp(shifted, await opticalFlow(still, shifted));
    const middle = (frame: Frame): number[] =>
      Array.from({ length: 40 }, (_, i) => frame.rgb[(32 * 96 + 28 + i) * 3]!);
    const errors = middle(back).map((level, i) => Math.abs(level - middle(still)[i]!));
    expect(Math.max(...errors)).toBeLessThan(6);
  });

  test('knows what has left the picture', async () => {
    const [there, back] = [await opticalFlow(still, shifted), await opticalFlow(shifted, still)];
    const visible = visibleInBoth(there, back, 96, 64);
    expect(visible[32 * 96 + 48]).toBe(1);
    expect(visible[32 * 96]).toBe(0);
  });
});

describe('trajectories', () => {
  test('turn right and walk: the way bends right', () => {
    // forward 1 and yaw 90° per frame, four times: a square, back at the start.
    const quarter = Float64Array.of(1, 0, 0, Math.PI / 2, 0, 0);
    const poses = trajectory(
      Float64Array.from([quarter, quarter, quarter, quarter].flatMap((row) => [...row])),
    );
    expect(poses[1]!.position.to1DArray()).toEqual([0, 0, 1]);
    expect(poses[2]!.position.to1DArray().map((value) => Math.round(value * 1e9) / 1e9)).toEqual([1, 0, 1]);
    expect(poses[4]!.position.norm()).toBeCloseTo(0, 12);
    expect(angleOf(poses[2]!.rotation)).toBeCloseTo(Math.PI, 7);
  });

  test('Umeyama finds the similarity that was applied', () => {
    const random = seededRandom(2);
    const points = new Matrix(
      Array.from({ length: 3 }, () => Array.from({ length: 9 }, () => random.normal())),
    );
    const rotation = rotationOf([0.3, -0.8, 0.5]);
    const shift = Matrix.columnVector([1, -2, 0.5]);
    const moved = Matrix.mul(rotation.mmul(points), 2.5).addColumnVector(shift);
    const found = umeyama(points, moved)!;
    expect(found.scale).toBeCloseTo(2.5, 10);
    expect(Matrix.sub(found.rotation, rotation).norm()).toBeLessThan(1e-10);
    expect(Matrix.sub(found.translation, shift).norm()).toBeLessThan(1e-10);
    expect(umeyama(Matrix.zeros(3, 4), points.subMatrix(0, 2, 0, 3))).toBeUndefined();
  });
});
