import { describe, expect, it } from 'vitest';
import { displacementOf } from '../../src/data/egomotion/estimate.ts';
import { fitMotion } from '../../src/data/egomotion/fitMotion.ts';
import { lensOf } from '../../src/data/egomotion/lens.ts';
import { motionField } from '../../src/data/egomotion/motionField.ts';
import { canonicalNearness } from '../../src/data/egomotion/nearnessMap.ts';
import { seededRandom } from '../../src/data/egomotion/random.ts';
import type { Tracks } from '../../src/data/egomotion/tracker.ts';

interface Move {
  readonly forward: number;
  readonly yaw: number;
  readonly pitch: number;
  readonly roll: number;
}

const LENS = lensOf(160, 120, 80, 1);

/** Points on a floor one below the camera and on a wall seven ahead, seen before and after a move. */
function tracksOf(move: Move, strangers: number): Tracks {
  const random = seededRandom(7);
  const tracks: number[] = [];
  while (tracks.length < 4 * 150) {
    const [u, v] = [random() * 160, random() * 120];
    const [x, y] = [(u - 79.5) / LENS.focal, (v - 59.5) / LENS.focal];
    const depth = y > 1 / 7 ? 1 / y : 7;
    const after = seenFrom(move, [x * depth, y * depth, depth]);
    const [u1, v1] = [(after[0] / after[2]) * LENS.focal + 79.5, (after[1] / after[2]) * LENS.focal + 59.5];
    const stranger = random() < strangers;
    tracks.push(u, v, stranger ? u + random() * 12 - 6 : u1, stranger ? v + random() * 12 - 6 : v1);
  }
  return Float32Array.from(tracks);
}

function seenFrom(move: Move, [x, y, z]: [number, number, number]): [number, number, number] {
  let [a, b, c] = [x, y, z - move.forward];
  [a, c] = [a * Math.cos(move.yaw) - c * Math.sin(move.yaw), a * Math.sin(move.yaw) + c * Math.cos(move.yaw)];
  [b, c] = [
    b * Math.cos(move.pitch) + c * Math.sin(move.pitch),
    c * Math.cos(move.pitch) - b * Math.sin(move.pitch),
  ];
  [a, b] = [
    a * Math.cos(move.roll) + b * Math.sin(move.roll),
    b * Math.cos(move.roll) - a * Math.sin(move.roll),
  ];
  return [a, b, c];
}

function estimate(move: Move, strangers = 0): number[] {
  const field = motionField(tracksOf(move, strangers), LENS, canonicalNearness(LENS));
  return Array.from(displacementOf(fitMotion(field, undefined, 1).twist));
}

describe('fitMotion', () => {
  it.each<[string, Move]>([
    ['a turn to the right', { forward: 0, yaw: 0.04, pitch: 0, roll: 0 }],
    ['a turn to the left while driving', { forward: 0.2, yaw: -0.03, pitch: 0, roll: 0 }],
    ['looking up', { forward: 0.1, yaw: 0, pitch: 0.02, roll: 0 }],
    ['rolling clockwise', { forward: 0.1, yaw: 0, pitch: 0, roll: 0.02 }],
    ['reversing', { forward: -0.2, yaw: 0.02, pitch: 0, roll: 0 }],
  ])('measures %s', (_, move) => {
    const [forward, strafe, , yaw, pitch, roll] = estimate(move);
    expect(yaw).toBeCloseTo(move.yaw, 2.7);
    expect(pitch).toBeCloseTo(move.pitch, 2.7);
    expect(roll).toBeCloseTo(move.roll, 2.7);
    expect(Math.abs(forward! - move.forward)).toBeLessThan(0.04);
    expect(Math.abs(strafe!)).toBeLessThan(0.01);
  });

  it('is not misled by a third of the points moving by themselves', () => {
    const [forward, , , yaw] = estimate({ forward: 0.2, yaw: 0.03, pitch: 0, roll: 0 }, 0.35);
    expect(Math.abs(yaw! - 0.03)).toBeLessThan(0.003);
    expect(forward).toBeGreaterThan(0.14);
  });

  it('says zero where nothing moves', () => {
    for (const value of estimate({ forward: 0, yaw: 0, pitch: 0, roll: 0 })) expect(value).toBeCloseTo(0, 4);
  });

  it('knows nothing from seven points', () => {
    const few = tracksOf({ forward: 1, yaw: 0, pitch: 0, roll: 0 }, 0).slice(0, 28);
    const fit = fitMotion(motionField(few, LENS, canonicalNearness(LENS)), undefined, 1);
    expect(fit.inlierShare).toBe(0);
    expect(Array.from(fit.twist)).toEqual([0, 0, 0, 0, 0, 0]);
  });
});
