import type { Held } from '../actions.ts';
import { mergeHeld, type Stick, stickHeld } from './sticks.ts';

const PAD = { up: 12, down: 13, left: 14, right: 15 } as const;

/**
 * What the first gamepad holds now: its left stick and its cross are the first stick of the world, its right
 * stick the last.
 */
export function gamepadHeld(sticks: readonly Stick[]): Held {
  const pad = navigator.getGamepads().find((candidate) => candidate?.mapping === 'standard');
  const first = sticks[0];
  const last = sticks.at(-1);
  if (!pad || !first || !last) return {};
  const [leftX = 0, leftY = 0, rightX = 0, rightY = 0] = pad.axes;
  const button = (index: number) => pad.buttons[index]?.value ?? 0;
  return mergeHeld(
    stickHeld(first, leftX, leftY),
    stickHeld(last, rightX, rightY),
    stickHeld(first, button(PAD.right) - button(PAD.left), button(PAD.down) - button(PAD.up)),
  );
}
