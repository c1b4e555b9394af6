import { spawnSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { frechetDistanceOfSamples } from '../../src/eval/features/deepFrechet.ts';
import { bootstrapInterval } from '../../src/eval/statistics/bootstrap.ts';
import { correlation, pairSums } from '../../src/eval/statistics/correlation.ts';
import { frechetDistance, Moments, rooted } from '../../src/eval/statistics/gaussian.ts';
import { pairedDifference } from '../../src/eval/statistics/paired.ts';
import type { Keyed } from '../../src/eval/statistics/resample.ts';
import { seededRandom } from '../../src/random.ts';
import { python } from '../python.ts';

const mean = (sample: readonly number[]): number | undefined =>
  sample.length === 0 ? undefined : sample.reduce((a, b) => a + b, 0) / sample.length;

function normals(count: number, shift: number, seed: number, seeds = 1): Keyed<number>[] {
  const random = seededRandom(seed);
  return Array.from({ length: count }, (_, start) =>
    Array.from({ length: seeds }, (_, k) => ({ start, seed: k, value: shift + random.normal() })),
  ).flat();
}

describe('the bootstrap interval', () => {
  test('of a mean is that of the textbook, within its own error', () => {
    const items = normals(100, 5, 1);
    const { low, high } = bootstrapInterval(items, mean, 7)!;
    const centre = mean(items.map(({ value }) => value))!;
    expect(low).toBeCloseTo(centre - 0.196, 0);
    expect(high - low).toBeGreaterThan(0.3);
    expect(high - low).toBeLessThan(0.5);
  });

  test('holds the truth about as often as it says', () => {
    let held = 0;
    for (let trial = 0; trial < 60; trial++) {
      const { low, high } = bootstrapInterval(normals(25, 0, 100 + trial), mean, trial)!;
      if (low <= 0 && high >= 0) held++;
    }
    expect(held).toBeGreaterThanOrEqual(51);
  });

  test('takes seeds of one clip for one piece of evidence, not for many', () => {
    const few = normals(8, 0, 3);
    const copies = few.flatMap((item) => [0, 1, 2, 3].map((seed) => ({ ...item, seed })));
    const [one, four] = [bootstrapInterval(few, mean, 1)!, bootstrapInterval(copies, mean, 1)!];
    expect((four.high - four.low) / (one.high - one.low)).toBeGreaterThan(0.8);
  });

  test('is the same for the same seed, and none for a single clip', () => {
    const items = normals(10, 0, 2);
    expect(bootstrapInterval(items, mean, 4)).toEqual(bootstrapInterval(items, mean, 4));
    expect(bootstrapInterval(items.slice(0, 1), mean, 4)).toBeUndefined();
  });
});

describe('the paired test', () => {
  test('of few clips tries every swap: the answer can be counted by hand', () => {
    const first = [1, 2, 3].map((value, start) => ({ start, seed: 0, value }));
    const second = [0, 0, 0].map((value, start) => ({ start, seed: 0, value }));
    const found = pairedDifference(first, second, mean, 0)!;
    // Of the 8 swaps only none and all give a difference as large as 2.
    expect(found).toMatchObject({ difference: 2, p: 2 / 8, pairs: 3 });
  });

  test('finds a small shift that both share the noise of, which unpaired intervals cannot', () => {
    const base = normals(20, 0, 5);
    const better = base.map((item, i) => ({ ...item, value: item.value + 0.2 + (i % 2) * 0.05 }));
    const found = pairedDifference(better, base, mean, 1)!;
    expect(found.p).toBeLessThan(0.01);
    expect(found.interval!.low).toBeGreaterThan(0.19);
    expect(bootstrapInterval(better, mean, 1)!.low).toBeLessThan(bootstrapInterval(base, mean, 1)!.high);
  });

  test('finds nothing where there is nothing, about as often as it says', () => {
    let found = 0;
    for (let trial = 0; trial < 60; trial++) {
      const { p } = pairedDifference(normals(12, 0, 300 + trial), normals(12, 0, 900 + trial), mean, trial)!;
      if (p < 0.05) found++;
    }
    expect(found).toBeLessThanOrEqual(8);
  });

  test('compares only what both were observed with', () => {
    const first = [1, 5].map((value, start) => ({ start, seed: 0, value }));
    expect(pairedDifference(first, [{ start: 1, seed: 0, value: 2 }], mean, 0)?.difference).toBe(3);
    expect(pairedDifference(first, [{ start: 0, seed: 9, value: 2 }], mean, 0)).toBeUndefined();
  });
});

describe('the Fréchet distance', () => {
  test('knows the answers that can be worked out by hand', () => {
    // Σ = diag(4, 9) and diag(1, 1), means 3 apart: 9 + (2 − 1)² + (3 − 1)².
    const a = gaussianOf(
      [
        [2, 0],
        [-2, 0],
        [0, 3],
        [0, -3],
      ].map(([x, y]) => [x! * Math.sqrt(1.5), y! * Math.sqrt(1.5)]),
    );
    const b = gaussianOf(
      [
        [1, 0],
        [-1, 0],
        [0, 1],
        [0, -1],
      ].map(([x, y]) => [3 + x! * Math.sqrt(1.5), y! * Math.sqrt(1.5)]),
    );
    expect(frechetDistance(rooted(a), b)).toBeCloseTo(9 + 1 + 4, 10);
    expect(frechetDistance(rooted(a), a)).toBeCloseTo(0, 10);
  });

  // The expected value was computed once with scipy 1.17 (linalg.sqrtm, numpy.cov) from
  //   i, j = np.meshgrid(np.arange(n), np.arange(5), indexing="ij")
  //   ((i*i*3 + j*j*7*i + i*j*5 + s*(i*i % 11)) % 17) / 4   for (n, s) in ((40, 0), (30, 3))
  test('is what scipy found', () => {
    const sample = (n: number, s: number): number[][] =>
      Array.from({ length: n }, (_, i) =>
        Array.from(
          { length: 5 },
          (_, j) => ((i * i * 3 + j * j * 7 * i + i * j * 5 + s * ((i * i) % 11)) % 17) / 4,
        ),
      );
    const found = frechetDistance(rooted(gaussianOf(sample(40, 0))), gaussianOf(sample(30, 3)));
    expect(found).toBeCloseTo(0.944806820790526, 9);
  });

  const interpreter = python('scipy');
  test.skipIf(interpreter === undefined)('agrees with scipy to 1e-4, by either formula', () => {
    const random = seededRandom(11);
    const mix = Array.from({ length: 6 }, () => Array.from({ length: 6 }, () => random.normal()));
    const sample = (count: number, shift: number): number[][] =>
      Array.from({ length: count }, () => {
        const z = mix.map(() => random.normal());
        return mix.map((row, i) => shift * i + row.reduce((sum, value, j) => sum + value * z[j]!, 0));
      });
    const [first, second] = [sample(60, 0), sample(45, 0.3)];
    const script = `
import json, sys, numpy as np
from scipy.linalg import sqrtm
a, b = (np.array(x) for x in json.load(sys.stdin))
ca, cb = np.cov(a.T), np.cov(b.T)
print(float(((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(ca + cb - 2 * sqrtm(ca @ cb).real)))`;
    const { stdout } = spawnSync(interpreter!, ['-c', script], {
      input: JSON.stringify([first, second]),
      encoding: 'utf8',
    });
    const expected = Number(stdout);
    expect(expected).toBeGreaterThan(1);
    expect(frechetDistance(rooted(gaussianOf(first)), gaussianOf(second))).toBeCloseTo(expected, 6);
    const vectors = [first, second].map((rows) => rows.map((row) => Float64Array.from(row)));
    expect(frechetDistanceOfSamples(vectors[0]!, vectors[1]!)).toBeCloseTo(expected, 6);
  });
});

function gaussianOf(vectors: readonly (readonly number[])[]) {
  const moments = new Moments(vectors[0]!.length);
  for (const vector of vectors) moments.add(vector);
  return moments.gaussian();
}

test('correlation is Pearson’s, 0 for an answer that never changes, undefined for a question that never does', () => {
  const pairs = [
    [1, 2],
    [2, 1],
    [3, 5],
    [4, 4],
  ] as const;
  expect(correlation(pairSums(pairs))).toBeCloseTo(0.7071067811865475, 12);
  expect(
    correlation(
      pairSums([
        [1, 3],
        [2, 3],
      ]),
    ),
  ).toBe(0);
  expect(
    correlation(
      pairSums([
        [1, 3],
        [1, 4],
      ]),
    ),
  ).toBeUndefined();
});
