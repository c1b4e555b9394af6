import { describe, expect, it } from 'vitest';
import { shareOut } from '../../src/train/budget.ts';
import { STAGES } from '../../src/train/loop.ts';
import { BLENDED, RECIPE } from './recipe.ts';

const whole = { ...BLENDED, fewStep: { ...BLENDED.reprojection, teacherPasses: 4, adversary: 0 } };

describe('a budget of minutes', () => {
  it('is spent when every stage takes what it was given', () => {
    let clock = 0;
    const minutesOf = shareOut(whole, 15, () => clock);
    for (const name of STAGES) clock += minutesOf(name);
    expect(clock).toBeCloseTo(15, 9);
  });

  it('is exceeded by far less than its stages exceed theirs', () => {
    let clock = 0;
    const minutesOf = shareOut(whole, 15, () => clock);
    for (const name of STAGES) clock += 1.25 * minutesOf(name);
    expect(clock).toBeLessThan(15.4);
  });

  it('goes to the dynamics where the recipe has no later stages', () => {
    const minutesOf = shareOut(RECIPE, 10, () => 0);
    expect(minutesOf('autoencoder') + minutesOf('dynamics')).toBeCloseTo(10, 9);
    expect(minutesOf('dynamics')).toBeGreaterThan(minutesOf('autoencoder'));
  });

  it('counts stages of an earlier process as on time', () => {
    const minutesOf = shareOut(whole, 100, () => 0);
    const parts = STAGES.map(minutesOf);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(100, 9);
  });

  it('leaves nothing, and not less, when the time is over', () => {
    expect(shareOut(whole, 1, () => 5)('reprojection')).toBe(0);
  });
});
