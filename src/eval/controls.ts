import type { Frame, World } from '../world/types.ts';

/** How long each key is held, in seconds. */
export const HOLD_SECONDS = 10;
/** Seconds between the pictures that are kept. */
export const SHOWN_EVERY_SECONDS = 2;

const HELD = [
  { key: 'ArrowLeft', label: 'left' },
  { key: undefined, label: 'nothing' },
  { key: 'ArrowRight', label: 'right' },
] as const;

/** What a world shows while one key is held from a start state. */
export interface HeldControl {
  readonly label: (typeof HELD)[number]['label'];
  /** The start state and one picture every `SHOWN_EVERY_SECONDS`. */
  readonly frames: readonly Frame[];
}

/** Frames that `holdControls` imagines, for a progress bar. */
export function controlFrames(world: World): number {
  return heldKeys(world).length * holdLength(world);
}

/**
 * Plays ten seconds from the first start state with left, nothing and right held; a key that the world does not
 * have is left out.
 *
 * @param onFrames called with the number of frames imagined since the last call
 */
export async function holdControls(
  world: World,
  seed: number,
  onFrames: (count: number) => void,
): Promise<HeldControl[]> {
  const { keys, rest } = world.manifest.actions;
  const every = Math.max(1, Math.round(SHOWN_EVERY_SECONDS * world.manifest.fps));
  const controls: HeldControl[] = [];
  for (const { key, label } of heldKeys(world)) {
    const pushed = key === undefined ? undefined : keys[key];
    const action = rest.map((value, d) => value + (pushed?.[d] ?? 0));
    const session = world.newSession(seed, 0);
    const frames = [await session.current()];
    for (let t = 1; t <= holdLength(world); t++) {
      const frame = await session.step(action);
      if (t % every === 0) frames.push(frame);
      onFrames(1);
    }
    controls.push({ label, frames });
  }
  return controls;
}

function heldKeys(world: World) {
  return HELD.filter(({ key }) => key === undefined || key in world.manifest.actions.keys);
}

function holdLength(world: World): number {
  return Math.max(1, Math.round(HOLD_SECONDS * world.manifest.fps));
}
