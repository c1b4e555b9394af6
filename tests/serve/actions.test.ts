import { describe, expect, it } from 'vitest';
import { type ActionSchema, heldAction, isHeld, rampAction, scaleAction } from '../../src/serve/actions.ts';

const schema: ActionSchema = {
  names: ['forward', 'yaw'],
  driven: ['forward', 'yaw'],
  scale: [1, 1],
  rest: [0.2, 0],
  keys: { KeyW: [1, 0], ArrowUp: [1, 0], KeyS: [-0.5, 0], ArrowLeft: [0, -2], ArrowRight: [0, 2] },
  demos: [],
};

describe('heldAction', () => {
  it('is the rest when nothing, or nothing known, is held', () => {
    expect(heldAction(schema, {})).toEqual([0.2, 0]);
    expect(heldAction(schema, { KeyQ: 1 })).toEqual([0.2, 0]);
  });

  it('adds what the held keys add', () => {
    expect(heldAction(schema, { KeyW: 1, ArrowRight: 1 })).toEqual([1.2, 2]);
    expect(heldAction(schema, { ArrowLeft: 1, ArrowRight: 1 })).toEqual([0.2, 0]);
  });

  it('counts two keys of one motion once', () => {
    expect(heldAction(schema, { KeyW: 1, ArrowUp: 0.5 })).toEqual([1.2, 0]);
  });

  it('scales with how far a stick is pushed, within bounds', () => {
    expect(heldAction(schema, { ArrowRight: 0.25 })).toEqual([0.2, 0.5]);
    expect(heldAction(schema, { ArrowRight: 7, KeyS: -3 })).toEqual([0.2, 2]);
  });
});

describe('rampAction', () => {
  it('is nine tenths there after three frames and then arrives', () => {
    let action = [0, 0];
    const way: number[] = [];
    for (let frame = 0; frame < 12; frame += 1) {
      action = rampAction(action, [1, -1]);
      way.push(action[0]!);
    }
    expect(way[0]).toBeGreaterThan(0.3);
    expect(way[0]).toBeLessThan(0.7);
    expect(way[2]).toBeGreaterThanOrEqual(0.9);
    expect(way.at(-1)).toBeCloseTo(1, 3);
    expect(action[1]).toBeCloseTo(-1, 3);
  });
});

describe('scaleAction', () => {
  it('keeps the speed over the ground when more frames are shown than were filmed', () => {
    expect([...scaleAction([1, -0.5], 15, 30)]).toEqual([0.5, -0.25]);
    expect([...scaleAction([1, -0.5], 60, 30)]).toEqual([2, -1]);
  });
});

describe('isHeld', () => {
  it('tells a touched stick from a resting one', () => {
    expect(isHeld({})).toBe(false);
    expect(isHeld({ KeyW: 0 })).toBe(false);
    expect(isHeld({ KeyW: 0.1 })).toBe(true);
  });
});
