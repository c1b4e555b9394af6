import { MOTIONS, type Motion } from '../../world/manifest.ts';

/** A key for each direction of the dimensions that a keyboard plays. */
const BINDINGS: readonly { readonly motion: Motion; readonly positive: string; readonly negative: string }[] =
  [
    { motion: 'forward', positive: 'W', negative: 'S' },
    { motion: 'strafe', positive: 'D', negative: 'A' },
    { motion: 'yaw', positive: 'ArrowRight', negative: 'ArrowLeft' },
    { motion: 'pitch', positive: 'ArrowUp', negative: 'ArrowDown' },
  ];

/** A key goes down above the first level and up below the second, in normalised units. */
const PRESS = 0.4;
const RELEASE = 0.25;

/** What the column says where no key is held. */
export const NO_KEYS = 'none';

/**
 * The keys that somebody would have held to move like this: W and S, A and D for sideways, the arrows for
 * turning. Two thresholds (hysteresis) keep a key from chattering around one.
 *
 * @param actions normalised actions of an episode, [length, 6] in the order of `MOTIONS`
 * @returns for each frame the held keys joined with `+`, as in `W+ArrowLeft`, or `none`
 */
export function heldKeys(actions: ArrayLike<number>): string[] {
  const rows = actions.length / MOTIONS.length;
  const held = new Map<string, boolean>();
  const result: string[] = [];
  for (let t = 0; t < rows; t++) {
    const keys: string[] = [];
    for (const { motion, positive, negative } of BINDINGS) {
      const value = actions[t * MOTIONS.length + MOTIONS.indexOf(motion)]!;
      if (update(held, positive, value)) keys.push(positive);
      if (update(held, negative, -value)) keys.push(negative);
    }
    result.push(keys.length === 0 ? NO_KEYS : keys.join('+'));
  }
  return result;
}

function update(held: Map<string, boolean>, key: string, value: number): boolean {
  const down = value > (held.get(key) === true ? RELEASE : PRESS);
  held.set(key, down);
  return down;
}
