import type { WorldManifest } from '../world/manifest.ts';
import type { Frame } from '../world/types.ts';
import type { Studio } from './rollouts/imagine.ts';

/** How long each key is held, in seconds. */
export const HOLD_SECONDS = 3;
/** Seconds between the pictures that are kept. */
export const SHOWN_EVERY_SECONDS = 0.5;

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
export function controlFrames(manifest: WorldManifest): number {
  return heldKeys(manifest).length * holdLength(manifest);
}

/**
 * Plays from the first start state with left, nothing and right held; a key that the world does not have is left
 * out.
 */
export async function holdControls({ world, store, onFrames }: Studio, seed: number): Promise<HeldControl[]> {
  const { manifest } = world;
  const { keys, rest } = manifest.actions;
  const length = holdLength(manifest);
  const every = Math.max(1, Math.round(SHOWN_EVERY_SECONDS * manifest.fps));
  const count = Math.floor(length / every) + 1;
  const controls: HeldControl[] = [];
  for (const { key, label } of heldKeys(manifest)) {
    const pushed = key === undefined ? undefined : keys[key];
    const action = rest.map((value, d) => value + (pushed?.[d] ?? 0));
    let counted = 0;
    const frames = await store.obtain(
      ['held', JSON.stringify(manifest), label, `seed ${seed}`],
      { ...manifest.frame, count },
      async () => {
        const session = world.newSession(seed, 0);
        const shown = [await session.current()];
        for (let t = 1; t <= length; t++) {
          const frame = await session.step(action);
          if (t % every === 0) shown.push(frame);
          counted++;
          onFrames(1);
        }
        await session.settled();
        return shown;
      },
    );
    onFrames(length - counted);
    controls.push({ label, frames });
  }
  return controls;
}

function heldKeys({ actions }: WorldManifest) {
  return HELD.filter(({ key }) => key === undefined || key in actions.keys);
}

function holdLength({ fps }: WorldManifest): number {
  return Math.max(1, Math.round(HOLD_SECONDS * fps));
}
