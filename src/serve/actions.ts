import type { WorldManifest } from '../world/manifest.ts';

export type ActionSchema = WorldManifest['actions'];

/** How strongly each key is held, 0…1, by `KeyboardEvent.code`; sticks hold keys by halves. */
export type Held = Readonly<Record<string, number>>;

/** The share of the way to a new action that one frame goes: nine tenths of it in three frames. */
const RAMP = 0.54;

/**
 * The action that the held keys ask for: what happens at rest plus what each key adds. Keys that mean the
 * same motion count once, so W together with the up arrow is not twice as fast.
 *
 * @param actions the world's action schema
 * @param held keys that the world does not know are ignored
 */
export function heldAction(actions: ActionSchema, held: Held): number[] {
  const motions = new Map<string, { vector: readonly number[]; strength: number }>();
  for (const [key, vector] of Object.entries(actions.keys)) {
    const strength = Math.min(1, Math.max(0, held[key] ?? 0));
    const name = vector.join();
    const known = motions.get(name)?.strength ?? 0;
    motions.set(name, { vector, strength: Math.max(strength, known) });
  }
  return actions.names.map((_, dimension) => {
    let value = actions.rest[dimension] ?? 0;
    for (const { vector, strength } of motions.values()) value += strength * (vector[dimension] ?? 0);
    return value;
  });
}

/**
 * Moves towards an action as a camera does, over about three frames: footage knows no jumps.
 *
 * @param from the action of the frame before
 * @param to the action that is asked for
 */
export function rampAction(from: readonly number[], to: readonly number[]): number[] {
  return to.map((target, dimension) => {
    const start = from[dimension] ?? target;
    return start + (target - start) * RAMP;
  });
}

/**
 * Turns displacement per frame of the footage into displacement per shown frame.
 *
 * @param action normalised, per frame at `footageFps`
 * @param footageFps `manifest.fps`
 * @param shownFps the rate at which the world is played
 */
export function scaleAction(action: readonly number[], footageFps: number, shownFps: number): Float32Array {
  return Float32Array.from(action, (value) => (value * footageFps) / shownFps);
}

/** Whether anything is pressed. */
export function isHeld(held: Held): boolean {
  return Object.values(held).some((strength) => strength > 0);
}
