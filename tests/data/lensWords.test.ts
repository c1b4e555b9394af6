import { describe, expect, it } from 'vitest';
import { lensWarning, lensWords } from '../../src/data/ingest/lensWords.ts';

const TOLD = { fieldOfView: 80, curve: 1 };
const NARROW = { ...TOLD, range: { from: 75, to: 88 } };
const WIDE = { fieldOfView: 100, curve: 0, range: { from: 80, to: 130 } };

describe('what is said of a lens', () => {
  it('names the range of those that fit, where it was found in the footage', () => {
    expect(lensWords(TOLD)).toBe('80° plain');
    expect(lensWords(WIDE)).toBe('100° wide-angle, found in the footage, which fits 80–130° about as well');
  });

  it('warns only of a lens that the footage leaves open, with the option that settles it', () => {
    expect(lensWarning(TOLD)).toBeUndefined();
    expect(lensWarning(NARROW)).toBeUndefined();
    expect(lensWarning(WIDE)).toMatch(/up to 30 % too large or too small .* --fov$/);
  });
});
