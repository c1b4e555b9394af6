import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rateAt, type Schedule } from '../../src/train/optimiser/schedule.ts';

const schedules = fc.record({
  rate: fc.double({ min: 1e-5, max: 1, noNaN: true }),
  warmup: fc.nat(50),
  schedule: fc.constantFrom('cosine' as const, 'constant' as const),
});

describe('the learning rate', () => {
  it('rises, then falls along half a cosine to a twentieth', () => {
    const cosine: Schedule = { rate: 2, warmup: 4, schedule: 'cosine' };
    expect([1, 2, 4].map((step) => rateAt(cosine, step, 24))).toEqual([0.5, 1, 2]);
    expect(rateAt(cosine, 14, 24)).toBeCloseTo(2 * (0.05 + 0.95 / 2));
    expect(rateAt(cosine, 24, 24)).toBeCloseTo(0.1);
    expect(rateAt({ ...cosine, rate: 1, warmup: 0 }, 1, 1)).toBeCloseTo(0.05);
  });

  it('rises, then stays, where it is constant', () => {
    const constant: Schedule = { rate: 2, warmup: 4, schedule: 'constant' };
    expect([1, 4, 5, 24].map((step) => rateAt(constant, step, 24))).toEqual([0.5, 2, 2, 2]);
  });

  it('is highest after the warm-up, and never rises again', () => {
    fc.assert(
      fc.property(schedules, fc.integer({ min: 1, max: 200 }), (schedule, after) => {
        const total = schedule.warmup + after;
        const rates = Array.from({ length: total }, (_, index) => rateAt(schedule, index + 1, total));
        const rising = rates.slice(0, schedule.warmup);
        const falling = rates.slice(schedule.warmup);
        expect(rising).toEqual(rising.toSorted((a, b) => a - b));
        expect(falling).toEqual(falling.toSorted((a, b) => b - a));
        expect(Math.max(...rates)).toBeLessThanOrEqual(schedule.rate * (1 + 1e-12));
        expect(Math.min(...falling)).toBeGreaterThanOrEqual(schedule.rate * 0.05 * (1 - 1e-12));
      }),
      { seed: 3 },
    );
  });
});
