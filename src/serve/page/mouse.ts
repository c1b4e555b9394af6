import type { Held } from '../actions.ts';
import { type Stick, stickHeld } from './sticks.ts';

/** Looks around with a captured mouse. */
export interface Mouse {
  readonly on: boolean;
  /** What the mouse pushes now; to be asked once a frame. */
  held(at: number): Held;
  toggle(): void;
}

/** Pixels of motion that push the stick all the way. */
const REACH = 60;
/** How fast the push of a motion fades, in milliseconds. */
const FADE_MS = 90;

/**
 * @param target what the pointer is locked to
 * @param stick the one that the mouse pushes
 * @param switched the mouse was captured or let go
 */
export function createMouse(
  target: HTMLElement,
  stick: () => Stick | undefined,
  switched: () => void,
): Mouse {
  let [x, y] = [0, 0];
  let before = 0;
  const isOn = () => document.pointerLockElement === target;
  document.addEventListener('pointerlockchange', () => {
    [x, y] = [0, 0];
    switched();
  });
  addEventListener('mousemove', ({ movementX, movementY }) => {
    if (!isOn()) return;
    x = Math.max(-1, Math.min(1, x + movementX / REACH));
    y = Math.max(-1, Math.min(1, y + movementY / REACH));
  });
  return {
    get on() {
      return isOn();
    },
    held: (at) => {
      const driven = stick();
      if (!isOn() || !driven) return {};
      const fade = Math.exp(-Math.max(0, at - before) / FADE_MS);
      before = at;
      [x, y] = [x * fade, y * fade];
      return stickHeld(driven, x, y);
    },
    toggle: () => {
      if (isOn()) document.exitPointerLock();
      // Refused when the browser sees no gesture of the user: then the mouse simply stays free.
      else void Promise.resolve(target.requestPointerLock()).catch(() => undefined);
    },
  };
}
