import type { Held } from '../actions.ts';

type Keys = Readonly<Record<string, readonly number[]>>;

/** The keys that a stick holds when it is pushed their way. */
export interface Stick {
  readonly label: string;
  readonly up: string | undefined;
  readonly down: string | undefined;
  readonly left: string | undefined;
  readonly right: string | undefined;
}

const WAYS = ['up', 'down', 'left', 'right'] as const;
type Way = (typeof WAYS)[number];

const LETTERS: Record<Way, string> = { up: 'KeyW', down: 'KeyS', left: 'KeyA', right: 'KeyD' };
const ARROWS: Record<Way, string> = {
  up: 'ArrowUp',
  down: 'ArrowDown',
  left: 'ArrowLeft',
  right: 'ArrowRight',
};
const DEAD_ZONE = 0.12;

/**
 * The sticks that a world needs: one when letters and arrows together mean one thing per direction, else one
 * for each.
 *
 * @param keys the world's keys and what they add to the action
 */
export function sticksFor(keys: Keys): Stick[] {
  const agree = WAYS.every((way) => {
    const letter = keys[LETTERS[way]];
    const arrow = keys[ARROWS[way]];
    return letter === undefined || arrow === undefined || letter.join() === arrow.join();
  });
  const pick = (label: string, ...sets: Record<Way, string>[]): Stick => {
    const key = (way: Way) => sets.map((set) => set[way]).find((name) => name in keys);
    return { label, up: key('up'), down: key('down'), left: key('left'), right: key('right') };
  };
  const sticks = agree ? [pick('Drive', LETTERS, ARROWS)] : [pick('Move', LETTERS), pick('Look', ARROWS)];
  return sticks.filter((stick) => WAYS.some((way) => stick[way] !== undefined));
}

/**
 * What a stick holds.
 *
 * @param x to the right, -1…1
 * @param y down, -1…1
 */
export function stickHeld(stick: Stick, x: number, y: number): Held {
  const length = Math.hypot(x, y);
  if (length < DEAD_ZONE) return {};
  const strength = (Math.min(1, length) - DEAD_ZONE) / (1 - DEAD_ZONE) / length;
  const pushes: [string | undefined, number][] = [
    [stick.right, x],
    [stick.left, -x],
    [stick.down, y],
    [stick.up, -y],
  ];
  const held: Record<string, number> = {};
  for (const [key, push] of pushes) if (key !== undefined && push > 0) held[key] = push * strength;
  return held;
}

/** What several devices hold together: of each key the strongest. */
export function mergeHeld(...all: readonly Held[]): Held {
  const merged: Record<string, number> = {};
  for (const held of all) {
    for (const [key, strength] of Object.entries(held)) {
      merged[key] = Math.max(strength, merged[key] ?? 0);
    }
  }
  return merged;
}
