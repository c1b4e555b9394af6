import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClipSight } from '../../src/data/ingest/clipSight.ts';
import { planEpisodes } from '../../src/data/ingest/episodes.ts';
import { readRules } from '../../src/data/ingest/rules.ts';
import { repeatsOf, segmentClip } from '../../src/data/ingest/segments.ts';

function clip(frames: number): { -readonly [K in keyof ClipSight]: ClipSight[K] } {
  const filled = (value: number): Float64Array => new Float64Array(frames).fill(value);
  return {
    frames,
    brightness: filled(120),
    texture: filled(6),
    contrast: filled(50),
    change: filled(5),
    redistribution: filled(0.02),
    followed: filled(0.9),
    hash: new Float64Array(frames * 4),
  };
}

const rules = await readRules();

describe('segmentClip', () => {
  it('keeps a plain clip whole', () => {
    expect(segmentClip(clip(100), 20, rules)).toEqual({ kept: [{ from: 0, to: 100 }], left: [] });
  });

  it('leaves out and reports black, frozen and empty stretches', () => {
    const analysis = clip(300);
    analysis.brightness.fill(2, 50, 70);
    analysis.change.fill(0, 100, 130);
    analysis.texture.fill(0.1, 200, 220);
    const { kept, left } = segmentClip(analysis, 20, rules);
    expect(kept.map(({ from, to }) => [from, to])).toEqual([
      [0, 50],
      [70, 100],
      [130, 200],
      [220, 300],
    ]);
    expect(left.map(({ from, reason }) => [from, reason])).toEqual([
      [50, 'black'],
      [100, 'frozen, the picture does not change'],
      [200, 'textureless'],
    ]);
  });

  it('divides at a cut and leaves out what is too short between two', () => {
    const analysis = clip(100);
    for (const cut of [40, 50]) {
      analysis.change[cut] = 60;
      analysis.redistribution[cut] = 0.6;
      analysis.followed[cut] = 0.02;
    }
    const { kept, left } = segmentClip(analysis, 20, rules);
    expect(kept).toEqual([
      { from: 0, to: 40 },
      { from: 50, to: 100 },
    ]);
    expect(left).toEqual([{ from: 40, to: 50, reason: 'shorter than 1 s between cuts' }]);
  });

  it('tells a covered lens from a dark street', () => {
    const analysis = clip(200);
    for (const series of ['texture', 'contrast', 'followed'] as const) analysis[series].fill(0.1, 50, 90);
    analysis.texture.fill(1, 50, 90);
    analysis.brightness.fill(30, 120, 200);
    const { left } = segmentClip(analysis, 20, rules);
    expect(left).toEqual([{ from: 50, to: 90, reason: 'lens covered' }]);
  });

  it('does not take one repeated frame for a freeze', () => {
    const analysis = clip(100);
    analysis.change[50] = 0;
    expect(segmentClip(analysis, 20, rules).kept).toHaveLength(1);
  });
});

describe('repeatsOf', () => {
  it('finds the frames that are shown twice or more while the camera moves', () => {
    const analysis = clip(60);
    analysis.change.set([0.02], 12);
    analysis.change.set([0, 0.1, 0], 30);
    expect(repeatsOf(analysis, rules)).toEqual([12, 30, 31, 32]);
  });

  it('does not take a standstill, a slow start or a freeze for repeats', () => {
    const analysis = clip(100);
    analysis.change.fill(0.03, 10, 40);
    analysis.change.set([1.5, 2, 3], 50);
    analysis.change.fill(0.2, 70, 80);
    analysis.change[75] = 0;
    expect(repeatsOf(analysis, rules)).toEqual([]);
  });
});

describe('planEpisodes', () => {
  it('covers every frame once, within the limits, training before validation', () => {
    const lengths = fc.array(fc.integer({ min: 20, max: 3000 }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(lengths, (clips) => {
        const plans = planEpisodes(
          clips.map((to) => [{ from: 0, to }]),
          1200,
          0.2,
          20,
        );
        const total = clips.reduce((sum, length) => sum + length, 0);
        expect(plans.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(total);
        for (const { from, to } of plans) expect(to - from).toBeGreaterThanOrEqual(20);
        for (const { from, to } of plans) expect(to - from).toBeLessThanOrEqual(1200);
        const firstVal = plans.findIndex(({ split }) => split === 'val');
        if (firstVal >= 0) expect(plans.slice(firstVal).every(({ split }) => split === 'val')).toBe(true);
        expect(plans[0]?.split).toBe('train');
        const validation = plans.reduce(
          (sum, { from, to, split }) => sum + (split === 'val' ? to - from : 0),
          0,
        );
        expect(Math.abs(validation - total * 0.2)).toBeLessThanOrEqual(21);
      }),
    );
  });
});
