import { describe, expect, it } from 'vitest';
import { heldKeys } from '../../src/data/actions/keys.ts';
import { actionScale } from '../../src/data/actions/scale.ts';
import { smoothMotion } from '../../src/data/actions/smooth.ts';
import { seededRandom } from '../../src/data/egomotion/random.ts';

function forwardOnly(values: readonly number[]): number[] {
  return values.flatMap((value) => [value, 0, 0, 0, 0, 0]);
}

describe('heldKeys', () => {
  it('names the keys of each direction', () => {
    expect(heldKeys([1, 0, 0, 0, 0, 0])).toEqual(['W']);
    expect(heldKeys([-1, -1, 0, -1, -1, 0])).toEqual(['S+A+ArrowLeft+ArrowDown']);
    expect(heldKeys([0, 1, 1, 1, 1, 1])).toEqual(['D+ArrowRight+ArrowUp']);
    expect(heldKeys([0, 0, 0, 0, 0, 0])).toEqual(['none']);
  });

  it('holds a key until the motion is well below what pressed it', () => {
    expect(heldKeys(forwardOnly([0.3, 0.5, 0.3, 0.3, 0.2, 0.3]))).toEqual([
      'none',
      'W',
      'W',
      'W',
      'none',
      'none',
    ]);
  });
});

describe('actionScale', () => {
  it('makes typical motion about one, and noise small', () => {
    const random = seededRandom(3);
    const episode = Float64Array.from({ length: 6 * 1000 }, (_, i) => {
      const t = Math.floor(i / 6);
      if (i % 6 === 3) return 0.05 * Math.sin(t / 15);
      return i % 6 === 5 ? 0.02 * (random() - 0.5) : 0;
    });
    const scale = actionScale([episode]);
    expect(scale[3]).toBeGreaterThan(0.04);
    expect(scale[3]).toBeLessThan(0.05);
    expect(0.01 / scale[5]!).toBeLessThan(0.6);
    expect(scale.every((value) => value > 0)).toBe(true);
  });
});

describe('smoothMotion', () => {
  it('bridges a frame that could not be measured', () => {
    const smooth = smoothMotion(Float64Array.of(1, 1, 0, 1, 1), 1, Float64Array.of(1, 1, 0, 1, 1));
    for (const value of smooth) expect(value).toBeCloseTo(1, 2);
  });

  it('leaves constant motion as it is', () => {
    const values = Float64Array.of(0.3, -2, 0.3, -2, 0.3, -2);
    const smooth = smoothMotion(values, 2, Float64Array.of(0.2, 0.9, 0.4));
    for (const [i, value] of smooth.entries()) expect(value).toBeCloseTo(values[i]!, 12);
  });
});
