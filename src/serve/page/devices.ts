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

const NOT_HEARD: Readonly<Record<string, string>> = {
  'not-allowed': 'The browser does not let this page listen. Allow it the microphone beside the address.',
  'service-not-allowed': 'This browser recognises no speech for pages.',
  'audio-capture': 'There is no microphone.',
  network: 'The service that recognises speech for this browser cannot be reached.',
};
const NO_RECOGNISER = 'This browser recognises no speech; Chrome, Edge and Safari do.';
const LISTENING = 'Listening: say forward, turn left, look up, stop.';

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
  /** A device came, went or was switched; told what there is to say of it. */
  switched(news: string | undefined): void;
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
      switched: (problem) => {
        if (problem !== undefined)
          options.switched(NOT_HEARD[problem] ?? `Nothing can be heard (${problem}).`);
        else options.switched(voice?.on ? LISTENING : 'No longer listening.');
      },
    });
  const tilt = createTilt(() => sticks()[0], changed);
  const mouse = createMouse(options.picture, looking, () => options.switched(undefined));
  const isTouched = isTouchOnly();
  addEventListener('gamepadconnected', () => {
    const looks = sticks().length > 1 ? ', the right one looks' : '';
    options.switched(`A gamepad: its left stick drives${looks}.`);
  });
  addEventListener('gamepaddisconnected', () => options.switched('The gamepad is gone.'));
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
        available: true,
        get on() {
          return voice?.on ?? false;
        },
        toggle: () => (voice ? voice.toggle() : options.switched(NO_RECOGNISER)),
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
