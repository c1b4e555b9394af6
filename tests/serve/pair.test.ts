import { describe, expect, it } from 'vitest';
import { areComparable, exchangeOf, PairWorld, shownWorlds } from '../../src/serve/pair.ts';
import { pictureHash } from '../../src/serve/pictureHash.ts';
import { newRecording, recordFrame, rewind, takeOf } from '../../src/serve/recorder.ts';
import { createShelf } from '../../src/serve/shelf.ts';
import { replayTake } from '../../src/serve/take.ts';
import { cardOf } from '../../src/serve/worldCard.ts';
import type { Frame, World } from '../../src/world/types.ts';
import { fakeWorld } from './fakeWorld.ts';

const small = { width: 32, height: 16 };

/** The fake world under another name, whose units of motion are twice as large and whose checksum differs. */
function other(name: string, changes: Partial<World['manifest']> = {}): World {
  const world = fakeWorld(small);
  const { actions } = world.manifest;
  const manifest = {
    ...world.manifest,
    name,
    files: { 'dynamics.onnx': name },
    actions: { ...actions, scale: actions.scale.map((scale) => 2 * scale) },
    ...changes,
  };
  return { ...world, manifest, folder: `/somewhere/${name}` };
}

/** One half of a picture. */
function half({ width, height, rgb }: Frame, side: 'left' | 'right'): Frame {
  const offset = side === 'left' ? 0 : width / 2;
  const cut = new Uint8Array((rgb.length / 2) | 0);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < (width / 2) * 3; x += 1)
      cut[(y * width * 3) / 2 + x] = rgb[(y * width + offset) * 3 + x]!;
  }
  return { width: width / 2, height, rgb: cut };
}

describe('PairWorld', () => {
  const [a, b] = [other('a', { actions: fakeWorld(small).manifest.actions }), other('b')];
  const pair = new PairWorld(a, b);

  it('shows both worlds, each as it would be alone with the same motion in its own units', async () => {
    const seed = [0, 1, 2, 3, 4].find((candidate) => pair.sides(candidate)[0].name === 'b')!;
    const session = pair.newSession(seed, 1);
    const [alone, beside] = [a.newSession(seed, 1), b.newSession(seed, 1)];
    await session.step([1, 0.5], 2);
    await alone.step([1, 0.5], 2);
    await beside.step([0.5, 0.25], 2);
    const frame = await session.current();
    expect(frame).toMatchObject({ width: 64, height: 16 });
    expect(half(frame, 'left')).toEqual(await beside.current());
    expect(half(frame, 'right')).toEqual(await alone.current());
  });

  it('drives two worlds of which only one knows jolts, which follow the keys as that world has them', async () => {
    const { actions } = fakeWorld(small).manifest;
    const jolted = {
      ...actions,
      names: [...actions.names, 'roll' as const],
      driven: actions.names,
      scale: [...actions.scale.map((scale) => scale / 2), 1],
      rest: [...actions.rest, 0],
      keys: Object.fromEntries(
        Object.entries(actions.keys).map(([key, vector]) => [key, [...vector, 0.3 * vector.at(-1)!]]),
      ),
      demos: [],
    };
    const there = exchangeOf(actions, jolted)([0.5, -1]);
    expect([...there].map((value) => Number(value.toFixed(4)))).toEqual([1, -2, -0.6]);
    const back = exchangeOf(jolted, actions)([1, -2, 0.9]);
    expect([...back]).toEqual([0.5, -1]);
  });

  it('changes sides by the seed, about as often as not', () => {
    const left = Array.from({ length: 400 }, (_, seed) => pair.sides(1_000_000 + seed)[0].name);
    const share = left.filter((name) => name === 'a').length / left.length;
    expect(share).toBeGreaterThan(0.4);
    expect(share).toBeLessThan(0.6);
    // Nor does it simply change from round to round.
    expect(left.slice(0, 12).join('')).not.toMatch(/^(?:ab)+a?$|^(?:ba)+b?$/);
  });

  it('is gone back in, kept and replayed with its sides', async () => {
    const recording = newRecording({ seed: 3, start: 0 });
    const session = pair.newSession(3, 0);
    const step = async (action: number[]): Promise<Frame> => {
      const frame = await session.step(action, 1);
      await recordFrame(recording, session, action, 1);
      return frame;
    };
    for (let frame = 0; frame < 10; frame += 1) await step([1, 0.1]);
    await rewind(recording, session, 4);
    const last = await step([-1, 0]);
    const take = takeOf(recording, session, pair, 'server', pictureHash(last))!;
    expect(take.worlds.map(({ name }) => name)).toEqual(pair.sides(3).map(({ name }) => name));
    const frames: Frame[] = [];
    for await (const frame of replayTake(pair, take)) frames.push(frame);
    expect(frames).toHaveLength(6);
    expect(frames.at(-1)).toEqual(last);
  });

  it('says of a single world that it is alone', () => {
    expect(shownWorlds(a, 9)).toEqual([a.manifest]);
  });
});

describe('createShelf', () => {
  it('names worlds without the paths of the machine, and tells them apart', () => {
    const worlds = [other('ride'), { ...other('ride'), folder: '/else where/ride' }, other('x', {})];
    const shelf = createShelf([...worlds, { ...other('y'), folder: '/tmp/my world' }]);
    expect(shelf.cards.map(({ id }) => id)).toEqual(['ride', 'ride-2', 'x', 'my-world']);
    expect(JSON.stringify(shelf.cards)).not.toMatch(/somewhere|tmp/);
    expect(shelf.find([])).toBe(worlds[0]);
    expect(shelf.find(['ride-2'])).toBe(worlds[1]);
    expect(shelf.find(['../ride'])).toBeUndefined();
    expect(shelf.find(['ride', 'nobody'])).toBeUndefined();
    expect(shelf.find(['ride', 'ride'])).toBeUndefined();
    expect(shelf.find(['ride', 'x', 'ride-2'])).toBeUndefined();
    expect(shelf.find(['ride', 'x'])).toBeInstanceOf(PairWorld);
    expect(shelf.find(['ride', 'x'])).toBe(shelf.find(['ride', 'x']));
  });

  it('compares only what can be compared', () => {
    const wide = other('wide', { frame: { width: 64, height: 16 } });
    const shelf = createShelf([other('a'), wide]);
    expect(shelf.find(['a', 'wide'])).toBeUndefined();
    expect(areComparable(cardOf('a', other('a')), cardOf('b', other('b')))).toBe(true);
  });
});
