import { describe, expect, it } from 'vitest';
import { fieldOfView, lensOf, ray } from '../../src/data/egomotion/lens.ts';

describe.each([
  [80, 1],
  [110, 0.5],
  [150, 0],
])('a lens of %d degrees and curve %d', (degrees, curve) => {
  const lens = lensOf(160, 120, degrees, curve);

  it('keeps its field of view', () => {
    expect(fieldOfView(lens)).toBeCloseTo(degrees, 6);
  });

  it('sees half of it at the edge', () => {
    const view = new Float64Array(9);
    ray(lens, 159.5, 59.5, view);
    expect((Math.atan2(view[0]!, view[2]!) * 360) / Math.PI).toBeCloseTo(degrees, 6);
  });

  it('has the derivative that small steps have', () => {
    const [here, right] = [new Float64Array(9), new Float64Array(9)];
    ray(lens, 30, 80, here);
    ray(lens, 30.001, 80, right);
    const change = [0, 1, 2].map((i) => (right[i]! - here[i]!) / 0.001);
    const moved = [3, 6].map((row) => change.reduce((sum, value, i) => sum + here[row + i]! * value, 0));
    expect(moved[0]).toBeCloseTo(1, 3);
    expect(moved[1]).toBeCloseTo(0, 3);
  });
});
