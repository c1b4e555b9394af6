import type { WorldManifest } from '../world/manifest.ts';
import { type Held, heldAction, isHeld, rampAction, scaleAction } from './actions.ts';
import { createAutopilot } from './autopilot.ts';
import { SHOWN_FPS } from './clock.ts';

/** Decides what is done in each frame: what the player holds or, when nobody drives, the autopilot. */
export interface Pilot {
  readonly watching: boolean;
  /** The last input's number, sent back with the first frame that it shaped. */
  readonly sequence: number;
  hold(sequence: number, held: Held): void;
  watch(on: boolean): void;
  /** The action of the next frame, in the units of a shown frame. */
  next(): Float32Array;
  /** Starts the recorded actions again from their beginning. */
  rewind(): void;
}

const IDLE_SECONDS = 12;

/**
 * Starts as the autopilot; the first pressed key takes over, and some idle seconds give back.
 *
 * @param manifest the world's
 * @param seed chooses the recorded sequence that is played first
 */
export function createPilot(manifest: WorldManifest, seed: number): Pilot {
  const { actions, fps } = manifest;
  const autopilot = createAutopilot(actions.demos, seed, fps / SHOWN_FPS);
  let held: Held = {};
  let action: readonly number[] = actions.rest;
  let watching = autopilot !== undefined;
  let sequence = 0;
  let idleFrames = 0;
  const watch = (on: boolean): void => {
    watching = on && autopilot !== undefined;
    idleFrames = 0;
  };
  return {
    get watching() {
      return watching;
    },
    get sequence() {
      return sequence;
    },
    hold: (number, keys) => {
      sequence = number;
      held = keys;
      if (isHeld(keys)) watch(false);
    },
    watch,
    next: () => {
      idleFrames = isHeld(held) ? 0 : idleFrames + 1;
      if (idleFrames > IDLE_SECONDS * SHOWN_FPS) watch(true);
      action = watching && autopilot ? autopilot.next() : rampAction(action, heldAction(actions, held));
      return scaleAction(action, fps, SHOWN_FPS);
    },
    rewind: () => autopilot?.rewind(),
  };
}
