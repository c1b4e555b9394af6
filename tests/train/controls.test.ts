import { describe, expect, it } from 'vitest';
import { deriveControls } from '../../src/train/controls.ts';
import type { Motion } from '../../src/world/manifest.ts';

/** Evenly spread values from low to high, in an order of their own. */
const spread = (low: number, high: number, turn = 1): number[] =>
  Array.from({ length: 101 }, (_, index) => low + ((high - low) * ((index * turn) % 101)) / 100);

const rows = (...columns: number[][]): number[][] =>
  columns[0]!.map((_, row) => columns.map((column) => column[row]!));

describe('controls from footage', () => {
  it.each<[string, Motion[], number[][], ReturnType<typeof deriveControls>]>([
    [
      'that only goes forward: rest is the slowest it went, S slows down no further',
      ['forward', 'yaw'],
      rows(spread(1, 2), spread(-1, 1, 7)),
      {
        rest: [1.01, 0],
        keys: {
          KeyW: [0.94, 0],
          KeyS: [0, 0],
          KeyD: [0, 0.9],
          KeyA: [0, -0.9],
          ArrowRight: [0, 0.9],
          ArrowLeft: [0, -0.9],
          ArrowUp: [0.94, 0],
          ArrowDown: [0, 0],
        },
      },
    ],
    [
      'with strafe and pitch: each has its own keys',
      ['forward', 'strafe', 'pitch'],
      rows(spread(-1, 1), spread(-2, 2, 3), spread(-1, 1, 5)),
      {
        rest: [0, 0, 0],
        keys: {
          KeyW: [0.9, 0, 0],
          KeyS: [-0.9, 0, 0],
          KeyD: [0, 1.8, 0],
          KeyA: [0, -1.8, 0],
          ArrowUp: [0, 0, 0.9],
          ArrowDown: [0, 0, -0.9],
        },
      },
    ],
    [
      'in which nothing moves: no key does anything',
      ['forward', 'yaw'],
      rows(spread(0, 0.1), spread(-0.05, 0.05)),
      { rest: [0.001, 0], keys: {} },
    ],
    [
      'that turned one way round: keys turn both ways alike',
      ['yaw'],
      rows(spread(0, 1)),
      { rest: [0.05], keys: { KeyD: [0.45], KeyA: [-0.45], ArrowRight: [0.45], ArrowLeft: [-0.45] } },
    ],
    ['of no frames', ['forward'], [], { rest: [0], keys: {} }],
  ])('%s', (_, names, footage, expected) => {
    expect(rounded(deriveControls(names, [], footage))).toEqual(rounded(expected));
  });

  it('take along what the footage mostly did beside them', () => {
    const yaw = spread(-1, 1);
    const jolt = spread(-0.1, 0.1, 7);
    const roll = yaw.map((value, row) => 0.5 * value + jolt[row]!);
    const { rest, keys } = deriveControls(['yaw'], ['roll'], rows(yaw, roll));
    const [turn, lean] = keys.ArrowRight!;
    expect(turn).toBeCloseTo(0.9);
    expect(lean! / turn!).toBeCloseTo(slope(yaw, roll));
    expect(keys.ArrowLeft![1]).toBeCloseTo(-lean!);
    expect(rest[1]).toBeCloseTo(0);
  });

  it('leave out of it what was never seen', () => {
    const still = spread(0, 0);
    const { keys } = deriveControls(['yaw', 'pitch'], ['roll'], rows(spread(-1, 1), still, still));
    expect(keys.ArrowRight).toEqual([expect.closeTo(0.9), 0, 0]);
  });

  it('never reach beyond what the footage held', () => {
    const { rest, keys } = deriveControls(['forward', 'yaw'], [], rows(spread(-0.2, 3), spread(-2, 1, 9)));
    for (const change of Object.values(keys)) {
      expect(rest[0]! + change[0]!).toBeLessThanOrEqual(3);
      expect(rest[0]! + change[0]!).toBeGreaterThanOrEqual(-0.2);
      expect(Math.abs(change[1]!)).toBeLessThanOrEqual(1.5);
    }
  });
});

/** Of the line through the origin that lies nearest, by the textbook's formula. */
function slope(x: readonly number[], y: readonly number[]): number {
  const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
  return sum(x.map((value, row) => value * y[row]!)) / sum(x.map((value) => value ** 2));
}

function rounded({ rest, keys }: ReturnType<typeof deriveControls>): unknown {
  const round = (list: readonly number[]): number[] =>
    list.map((value) => Math.round(value * 1000) / 1000 + 0);
  return {
    rest: round(rest),
    keys: Object.fromEntries(Object.entries(keys).map(([key, list]) => [key, round(list)])),
  };
}
