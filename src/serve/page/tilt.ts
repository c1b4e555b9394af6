import type { Held } from '../actions.ts';
import { type Stick, stickHeld } from './sticks.ts';

/** Drives by how a phone is held. */
export interface Tilt {
  readonly on: boolean;
  held(): Held;
  /** @returns false when the phone does not tell how it is held */
  toggle(): Promise<boolean>;
}

/** Degrees from where it was held at first that push the stick all the way. */
const FULL_TILT = 25;

/**
 * What a tilt pushes a stick by, from how the phone is held and was held at first.
 *
 * @param angle of the screen, in degrees, as in `screen.orientation`
 * @returns to the right and down, -1…1
 */
export function tiltPush(
  now: { readonly beta: number; readonly gamma: number },
  neutral: { readonly beta: number; readonly gamma: number },
  angle: number,
): [number, number] {
  const [beta, gamma] = [now.beta - neutral.beta, now.gamma - neutral.gamma];
  const [cosine, sine] = [Math.cos((angle * Math.PI) / 180), Math.sin((angle * Math.PI) / 180)];
  const push = (degrees: number) => Math.max(-1, Math.min(1, degrees / FULL_TILT));
  return [push(gamma * cosine + beta * sine), push(beta * cosine - gamma * sine)];
}

/** @param stick the one that is pushed by tilting */
export function createTilt(stick: () => Stick | undefined, changed: () => void): Tilt {
  let on = false;
  let neutral: { beta: number; gamma: number } | undefined;
  let held: Held = {};
  const follow = ({ beta, gamma }: DeviceOrientationEvent): void => {
    const driven = stick();
    if (beta === null || gamma === null || !driven) return;
    neutral ??= { beta, gamma };
    held = stickHeld(driven, ...tiltPush({ beta, gamma }, neutral, screen.orientation.angle));
    changed();
  };
  return {
    get on() {
      return on;
    },
    held: () => held,
    toggle: async () => {
      if (!on && !(await isAllowed())) return false;
      on = !on;
      neutral = undefined;
      held = {};
      if (on) addEventListener('deviceorientation', follow);
      else removeEventListener('deviceorientation', follow);
      changed();
      return true;
    },
  };
}

/** One maker's phones ask the person first; others do not. */
async function isAllowed(): Promise<boolean> {
  if (!('DeviceOrientationEvent' in window)) return false;
  const ask: unknown = Reflect.get(DeviceOrientationEvent, 'requestPermission');
  if (typeof ask !== 'function') return true;
  return (await Promise.resolve(ask.call(DeviceOrientationEvent)).catch(() => 'denied')) === 'granted';
}
