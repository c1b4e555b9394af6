import { describe, expect, it } from 'vitest';
import { percentile, slidingStatistics } from '../../src/serve/statistics.ts';

describe('percentile', () => {
  it('is the nearest rank, in any order', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(percentile(values, 0.5)).toBe(50);
    expect(percentile(values, 0.99)).toBe(99);
    expect(percentile(values, 1)).toBe(100);
    expect(percentile([], 0.5)).toBe(0);
  });
});

describe('slidingStatistics', () => {
  it('counts frames per second and forgets what is older than the window', () => {
    const statistics = slidingStatistics(1000);
    for (let at = 0; at < 5000; at += 100) statistics.add(at, 90);
    for (let at = 5000; at <= 7000; at += 20) statistics.add(at, 10);
    expect(statistics.summary()).toEqual({ fps: 50, p50: 10, p95: 10, p99: 10 });
    expect(statistics.values()).toHaveLength(51);
  });

  it('has nothing to say of nothing', () => {
    const statistics = slidingStatistics(1000);
    statistics.add(1, 5);
    statistics.clear();
    expect(statistics.summary()).toEqual({ fps: 0, p50: 0, p95: 0, p99: 0 });
  });
});
