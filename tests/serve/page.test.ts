import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Hello } from '../../src/serve/messages.ts';
import { explainAction } from '../../src/serve/page/explain.ts';
import { gamepadHeld } from '../../src/serve/page/gamepad.ts';
import { createLatencyMeter } from '../../src/serve/page/latency.ts';
import { describeKey } from '../../src/serve/page/panels.ts';
import { mergeHeld, stickHeld, sticksFor } from '../../src/serve/page/sticks.ts';
import { bundlePage } from '../../src/serve/pageFiles.ts';

const alike = {
  KeyW: [1, 0],
  KeyA: [0, -1],
  KeyD: [0, 1],
  ArrowUp: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};

describe('sticksFor', () => {
  it('needs one stick when letters and arrows mean the same or complete each other', () => {
    expect(sticksFor(alike)).toHaveLength(1);
    const [stick] = sticksFor({ KeyW: [1, 0], KeyS: [-1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] });
    expect(stick).toMatchObject({ up: 'KeyW', down: 'KeyS', left: 'ArrowLeft', right: 'ArrowRight' });
  });

  it('needs two when they differ', () => {
    const sticks = sticksFor({ KeyW: [1, 0, 0], KeyD: [0, 1, 0], ArrowRight: [0, 0, 1] });
    expect(sticks.map(({ label }) => label)).toEqual(['Move', 'Look']);
    expect(sticks[1]).toMatchObject({ right: 'ArrowRight', up: undefined });
  });

  it('needs none when there is nothing to hold', () => {
    expect(sticksFor({})).toEqual([]);
  });
});

describe('stickHeld', () => {
  const [stick] = sticksFor(alike);

  it('rests in the middle', () => {
    expect(stickHeld(stick!, 0.05, -0.05)).toEqual({});
  });

  it('holds by how far it is pushed', () => {
    expect(stickHeld(stick!, 1, 0)).toEqual({ KeyD: 1 });
    expect(stickHeld(stick!, -0.5, 0).KeyA).toBeCloseTo(0.43, 2);
    expect(stickHeld(stick!, 0.6, -0.8).KeyW).toBeCloseTo(0.8, 5);
    expect(stickHeld(stick!, 0, 1)).toEqual({});
  });

  it('joins devices by the strongest', () => {
    expect(mergeHeld({ KeyW: 0.2, KeyA: 1 }, { KeyW: 0.7 })).toEqual({ KeyW: 0.7, KeyA: 1 });
  });
});

describe('gamepadHeld', () => {
  const two = { KeyW: [1, 0, 0], KeyD: [0, 1, 0], ArrowLeft: [0, 0, -1] };
  const plug = (axes: number[], pressed: number[] = []): void => {
    const buttons = Array.from({ length: 16 }, (_, index) => ({ value: pressed.includes(index) ? 1 : 0 }));
    vi.stubGlobal('navigator', { getGamepads: () => [null, { mapping: 'standard', axes, buttons }] });
  };
  afterEach(() => {
    vi.unstubAllGlobals();
  });

  it('gives each stick its keys and the cross those of the first', () => {
    plug([0, -1, -1, 0]);
    expect(gamepadHeld(sticksFor(two))).toEqual({ KeyW: 1, ArrowLeft: 1 });
    plug([0, 0, 0, 0], [15]);
    expect(gamepadHeld(sticksFor(two))).toEqual({ KeyD: 1 });
  });

  it('lets both sticks drive where one is enough, and holds nothing at rest', () => {
    plug([0, 0, 1, 0]);
    expect(gamepadHeld(sticksFor(alike))).toEqual({ KeyD: 1 });
    plug([0.02, -0.04, 0, 0]);
    expect(gamepadHeld(sticksFor(alike))).toEqual({});
  });
});

describe('explainAction', () => {
  const actions: Hello['actions'] = {
    names: ['forward', 'yaw', 'roll'],
    driven: ['forward', 'yaw'],
    rest: [0.5, 0, 0],
    keys: { KeyW: [0.5, 0, 0], KeyA: [0, -2, -3], KeyD: [0, 2, 3] },
  };

  it('finds the keys that would do the same', () => {
    expect(explainAction(actions, [1, -1, -1.5])).toEqual({ KeyW: 1, KeyA: 0.5, KeyD: 0 });
  });

  it('takes a jolt for nobody’s doing', () => {
    expect(explainAction(actions, [0.5, 0, 3])).toEqual({ KeyW: 0, KeyA: 0, KeyD: 0 });
  });
});

describe('createLatencyMeter', () => {
  it('times from the oldest input that a picture answers', () => {
    const meter = createLatencyMeter();
    meter.sent(1, 100);
    meter.sent(2, 110);
    meter.sent(3, 130);
    expect(meter.drawn(0, 120)).toBeUndefined();
    expect(meter.drawn(2, 140)).toBe(40);
    expect(meter.drawn(2, 170)).toBeUndefined();
    expect(meter.drawn(3, 180)).toBe(50);
  });
});

describe('describeKey', () => {
  it('names the motion and its direction', () => {
    const car: Pick<Hello['actions'], 'names' | 'driven'> = {
      names: ['forward', 'yaw', 'roll'],
      driven: ['forward', 'yaw'],
    };
    expect(describeKey(car, [0.1, -2, 0])).toBe('turn left');
    expect(describeKey(car, [1, 0, 0])).toBe('forward');
    expect(describeKey(car, [0, 1, 2])).toBe('turn right');
    expect(describeKey({ names: ['strafe'], driven: ['strafe'] }, [-1])).toBe('to the left');
    expect(describeKey(car, [0, 0, 0])).toBeUndefined();
  });
});

describe('bundlePage', () => {
  it('needs nothing from elsewhere', async () => {
    const { html, css, scripts } = await bundlePage();
    const main = scripts.get('main.js')!;
    for (const text of [html(['server']), css, main]) {
      expect(text.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:\/\/|@import|url\(/);
    }
    expect(main.length).toBeLessThan(40_000);
    expect(html(['browser'])).toContain('content="browser"');
  });
});
