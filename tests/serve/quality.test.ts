import { describe, expect, it } from 'vitest';
import { fullQuality, nextQuality } from '../../src/serve/quality.ts';

const BUDGET = 33;

/** Plays frames on a machine where each step costs so much; returns the steps of each frame. */
function run(frames: number, stepMs: (frame: number) => number, range = { fewest: 1, most: 4 }): number[] {
  let quality = fullQuality(range.most);
  return Array.from({ length: frames }, (_, frame) => {
    quality = nextQuality(quality, 3 + quality.steps * stepMs(frame), BUDGET, range);
    return quality.steps;
  });
}

describe('nextQuality', () => {
  it('keeps all steps while there is room', () => {
    expect(new Set(run(500, () => 5))).toEqual(new Set([4]));
  });

  it('ignores single slow frames', () => {
    expect(new Set(run(500, (frame) => (frame % 20 === 0 ? 30 : 5)))).toEqual(new Set([4]));
  });

  it('steps down within half a second until frames fit', () => {
    expect(run(15, () => 13).at(-1)).toBe(2);
    expect(run(500, () => 100).at(-1)).toBe(1);
  });

  it('leaves out the blend only where one step is too much already, and takes it up again', () => {
    const range = { fewest: 0, most: 2 };
    expect(run(500, () => 26, range).at(-1)).toBe(1);
    const steps = run(4000, (frame) => (frame < 500 ? 32 : 10), range);
    expect(steps[499]).toBe(0);
    expect(steps.at(-1)).toBe(2);
  });

  it('comes back when the load has gone', () => {
    const steps = run(3000, (frame) => (frame < 100 ? 13 : 4));
    expect(steps[99]).toBe(2);
    expect(steps.at(-1)).toBe(4);
  });

  it('comes back although single frames are late', () => {
    const steps = run(1000, (frame) => (frame < 100 ? 40 : frame % 20 === 0 ? 25 : 6), {
      fewest: 1,
      most: 2,
    });
    expect(steps[99]).toBe(1);
    expect(steps.at(-1)).toBe(2);
  });

  it('does not swing on a machine at the edge', () => {
    const steps = run(3000, (frame) => (frame % 240 < 120 ? 8 : 6));
    const changes = steps.filter((step, frame) => frame > 0 && step !== steps[frame - 1]).length;
    expect(changes).toBeLessThan(6);
  });
});
