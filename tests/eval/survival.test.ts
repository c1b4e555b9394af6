import { describe, expect, test } from 'vitest';
import { signTest, wilsonInterval } from '../../src/eval/statistics/proportion.ts';
import { type Lifetime, medianLifetime, survivalCurve } from '../../src/eval/statistics/survival.ts';

const at = (time: number, ended: boolean): Lifetime => ({ time, ended });

describe('the survival curve', () => {
  // Weeks in remission under 6-mercaptopurine (E. J. Freireich et al., Blood 21, 1963), the textbook example; the
  // expected numbers were computed once with scipy 1.17 (stats.ecdf, confidence_interval(method="log-log")).
  const remissions = [
    ...[6, 6, 6, 7, 10, 13, 16, 22, 23].map((weeks) => at(weeks, true)),
    ...[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map((weeks) => at(weeks, false)),
  ];

  test('is that of the textbook, its interval that of scipy', () => {
    const expected = [
      [6, 21, 0.85714286, 0.61971796, 0.95155175],
      [7, 17, 0.80672269, 0.56314656, 0.92280902],
      [10, 15, 0.75294118, 0.50319951, 0.88936184],
      [13, 12, 0.69019608, 0.43161022, 0.84906596],
      [16, 11, 0.62745098, 0.36751086, 0.80491219],
      [22, 7, 0.53781513, 0.26777894, 0.74679072],
      [23, 6, 0.44817927, 0.18805201, 0.68014263],
    ];
    const found = survivalCurve(remissions).map(({ time, atRisk, survival, interval }) => [
      time,
      atRisk,
      survival,
      interval?.low,
      interval?.high,
    ]);
    expect(found).toEqual(expected.map((row) => row.map((value) => expect.closeTo(value, 7))));
  });

  test('has a median once half are gone, and an end of its interval only where the data reach it', () => {
    const textbook = { time: 23, low: 13, high: undefined };
    expect(medianLifetime(survivalCurve(remissions))).toEqual(textbook);
    expect(medianLifetime(survivalCurve(remissions.slice(6)))).toMatchObject({ time: undefined });
    const many = Array.from({ length: 400 }, (_, i) => at(i + 1, true));
    const { time, low, high } = medianLifetime(survivalCurve(many));
    expect(time).toBe(200);
    // Half of 400 is known to about ±20.
    expect([low, high]).toEqual([expect.closeTo(180, -1), expect.closeTo(220, -1)]);
  });

  test('does not take the end of the watching for the end', () => {
    expect(survivalCurve([at(1, false), at(2, false)])).toEqual([]);
    expect(survivalCurve([at(1, false), at(2, true)])).toEqual([
      { time: 2, atRisk: 1, survival: 0, interval: undefined },
    ]);
    expect(survivalCurve([at(0, true), at(5, false)])).toMatchObject([{ time: 0, survival: 0.5 }]);
  });
});

describe('a share', () => {
  // Computed once with scipy 1.17: stats.binomtest(k, n).proportion_ci(method="wilson") and .pvalue.
  test.each([
    [12, 17, 0.46866889933460154, 0.8672001038970476, 0.143463134765625],
    [0, 5, 0, 0.43448246478317476, 0.0625],
    [9, 9, 0.7008549515804559, 1, 0.00390625],
    [6, 12, 0.2537815976337061, 0.7462184023662939, 1],
  ])('of %i in %i has Wilson’s interval and the sign test’s chance', (wins, trials, low, high, p) => {
    const found = wilsonInterval(wins, trials);
    expect(found.low).toBeCloseTo(low, 12);
    expect(found.high).toBeCloseTo(high, 12);
    expect(signTest(wins, trials - wins)).toBeCloseTo(p, 12);
  });

  test('of nothing says nothing', () => expect(signTest(0, 0)).toBe(1));
});
