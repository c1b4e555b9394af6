import type { Held } from '../actions.ts';
import type { Bindings } from './bindings.ts';
import { gamepadHeld } from './gamepad.ts';
import type { Keyboard } from './keyboard.ts';
import { createMouse } from './mouse.ts';
import { mergeHeld, type Stick } from './sticks.ts';
import { createTilt } from './tilt.ts';
import { isTouchOnly } from './touchScreen.ts';
import type { TouchSticks } from './touchSticks.ts';
import { browserRecogniser, createVoice } from './voice.ts';

/** Everything that a world can be driven with, as one. */
export interface Devices {
  /** What all of them hold together, in keys of the world. */
  held(at: number): Held;
  readonly switches: Readonly<Record<'voice' | 'tilt' | 'mouse', Switch>>;
}

/** A device that is off until it is wanted. */
export interface Switch {
  readonly available: boolean;
  readonly on: boolean;
  toggle(): void;
}

export interface DevicesOptions {
  readonly keyboard: Keyboard;
  readonly bindings: Bindings;
  /** What the mouse is captured by. */
  readonly picture: HTMLElement;
  sticks(): readonly Stick[];
  touch(): TouchSticks | undefined;
  changed(at: number): void;
  /** A device was switched; told what went wrong, if anything did. */
  switched(problem: string | undefined): void;
}

/** Brings the devices of this browser together. */
export function createDevices(options: DevicesOptions): Devices {
  const { keyboard, bindings, sticks } = options;
  const changed = (): void => options.changed(performance.now());
  const looking = () => sticks().at(-1);
  const Recognition = browserRecogniser();
  const voice =
    Recognition &&
    createVoice(Recognition, sticks, {
      changed,
      switched: (problem) =>
        options.switched(problem === undefined ? undefined : `Nothing can be heard (${problem}).`),
    });
  const tilt = createTilt(() => sticks()[0], changed);
  const mouse = createMouse(options.picture, looking, () => options.switched(undefined));
  const isTouched = isTouchOnly();
  return {
    held: (at) =>
      mergeHeld(
        translated(keyboard.held(), bindings),
        options.touch()?.held() ?? {},
        gamepadHeld(sticks()),
        voice?.held() ?? {},
        tilt.held(),
        mouse.held(at),
      ),
    switches: {
      voice: {
        available: voice !== undefined,
        get on() {
          return voice?.on ?? false;
        },
        toggle: () => voice?.toggle(),
      },
      tilt: {
        available: isTouched,
        get on() {
          return tilt.on;
        },
        toggle: () => {
          void tilt
            .toggle()
            .then((done) => options.switched(done ? undefined : 'This phone does not tell how it is held.'));
        },
      },
      mouse: {
        available: !isTouched,
        get on() {
          return mouse.on;
        },
        toggle: mouse.toggle,
      },
    },
  };
}

function translated(codes: Held, bindings: Bindings): Held {
  return mergeHeld(
    ...Object.entries(codes).map(([code, strength]) => ({ [bindings.meant(code)]: strength })),
  );
}
