import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ReceivedFrame } from '../../src/serve/frameMessage.ts';
import { createFilm, type Film } from '../../src/serve/page/film.ts';
import { REACH_FRAMES } from '../../src/serve/reach.ts';

const frame = (index: number): ReceivedFrame => ({
  coding: 'rgb',
  watching: false,
  steps: 1,
  index,
  sequence: 0,
  modelMs: 0,
  width: 1,
  height: 1,
  dropped: 0,
  action: new Float32Array(),
  picture: new Uint8Array(3),
});

const indices = (film: Film): number[] => film.frames.map(({ index }) => index);

const play = (film: Film, from: number, to: number): void => {
  for (let index = from; index <= to; index += 1) film.add(frame(index));
};

describe('the film of the past', () => {
  it('ends with the present and has about ten pictures of a second', () => {
    const film = createFilm();
    play(film, 0, 300);
    expect(indices(film).at(-1)).toBe(300);
    expect(film.frames.length).toBeGreaterThan(95);
    expect(film.frames.length).toBeLessThan(105);
  });

  it('reaches as far back as a run can be gone back in, however long it is', () => {
    const film = createFilm();
    play(film, 0, 4 * REACH_FRAMES);
    expect(indices(film)[0]).toBeGreaterThanOrEqual(3 * REACH_FRAMES);
    expect(indices(film)[0]).toBeLessThan(3 * REACH_FRAMES + 3);
  });

  it('has the picture of a remark', () => {
    const film = createFilm();
    play(film, 0, 10);
    for (const remarked of [11, 12, 13]) {
      film.add(frame(remarked));
      film.pin();
    }
    play(film, 14, 40);
    expect(indices(film)).toEqual(expect.arrayContaining([11, 12, 13]));
  });

  it('forgets what came after the moment that was gone back to', () => {
    const film = createFilm();
    play(film, 0, 100);
    film.pin();
    play(film, 101, 140);
    film.add(frame(50));
    expect(indices(film).at(-1)).toBe(50);
    play(film, 51, 120);
    expect(indices(film)).not.toContain(101);
    expect(indices(film).at(-1)).toBe(120);
  });

  it('is always in order, whatever way is taken', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 400 }), { maxLength: 60 }), (turns) => {
        const film = createFilm();
        for (const index of turns) {
          film.add(frame(index));
          if (index % 5 === 0) film.pin();
          const seen = indices(film);
          expect(seen).toEqual([...new Set(seen)].sort((a, b) => a - b));
          expect(seen.at(-1)).toBe(index);
        }
      }),
    );
  });
});
