import { describe, expect, it } from 'vitest';
import { createAutopilot } from '../../src/serve/autopilot.ts';
import { createPilot } from '../../src/serve/pilot.ts';
import { fakeWorld } from './fakeWorld.ts';

const { manifest } = fakeWorld();

const many = <T>(count: number, make: () => T): T[] => Array.from({ length: count }, make);

describe('createAutopilot', () => {
  const demos = [[[1], [2], [3]], [], [[10], [20]]];

  it('plays the sequences one after another for ever', () => {
    const autopilot = createAutopilot(demos, 0, 1)!;
    expect(many(7, () => autopilot.next()[0])).toEqual([1, 2, 3, 10, 20, 1, 2]);
    autopilot.rewind();
    expect(autopilot.next()).toEqual([1]);
  });

  it('begins with the chosen sequence', () => {
    expect(createAutopilot(demos, 5, 1)!.next()).toEqual([10]);
  });

  it('reads between the frames of slow footage', () => {
    const autopilot = createAutopilot(demos, 0, 0.5)!;
    expect(many(6, () => autopilot.next()[0])).toEqual([1, 1.5, 2, 2.5, 3, 10]);
  });

  it('needs something to play', () => {
    expect(createAutopilot([], 0, 1)).toBeUndefined();
    expect(createAutopilot([[]], 0, 1)).toBeUndefined();
  });
});

describe('createPilot', () => {
  it('lets the world play itself until a key is pressed', () => {
    const pilot = createPilot(manifest, 0);
    expect(pilot.watching).toBe(true);
    expect([...pilot.next()]).toEqual(manifest.actions.demos[0]![0]);
    pilot.hold(7, { ArrowRight: 1 });
    expect(pilot.watching).toBe(false);
    expect(pilot.sequence).toBe(7);
    many(10, () => pilot.next());
    const [forward, yaw] = pilot.next();
    expect(forward).toBeCloseTo(0, 2);
    expect(yaw).toBeCloseTo(1, 2);
  });

  it('stays with a player who holds a key and takes over from one who has left', () => {
    const pilot = createPilot(manifest, 0);
    pilot.hold(1, { KeyW: 1 });
    many(2000, () => pilot.next());
    expect(pilot.watching).toBe(false);
    pilot.hold(2, {});
    many(300, () => pilot.next());
    expect(pilot.watching).toBe(false);
    many(100, () => pilot.next());
    expect(pilot.watching).toBe(true);
  });

  it('watches and stops watching when told to', () => {
    const pilot = createPilot(manifest, 0);
    pilot.watch(false);
    expect(pilot.watching).toBe(false);
    pilot.watch(true);
    expect(pilot.watching).toBe(true);
  });

  it('rests when there is nothing recorded', () => {
    const still = { ...manifest, actions: { ...manifest.actions, rest: [0.5, 0], demos: [] } };
    const pilot = createPilot(still, 3);
    pilot.watch(true);
    expect(pilot.watching).toBe(false);
    expect([...pilot.next()]).toEqual([0.5, 0]);
  });

  it('moves as fast over the ground whatever the footage was filmed at', () => {
    const slow = createPilot({ ...manifest, fps: 15 }, 0);
    expect([...slow.next()]).toEqual([0.5, 0]);
    slow.hold(1, { KeyW: 1 });
    many(20, () => slow.next());
    expect(slow.next()[0]).toBeCloseTo(0.5, 4);
  });
});
