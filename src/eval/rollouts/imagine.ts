import type { Frame, World } from '../../world/types.ts';
import type { Start } from '../starts.ts';
import type { Evidence, Sequence } from '../types.ts';
import { commandedMotion } from './actions.ts';
import type { Probes } from './probes.ts';
import type { RolloutStore } from './store.ts';

/** What a world makes of one start with one seed, ready to be measured. */
export type Imagined = Pick<
  Evidence,
  'imagined' | 'driven' | 'random' | 'still' | 'mirror' | 'loop' | 'revisit'
>;

/** Where a world's rollouts come from and go to. */
export interface Studio {
  readonly world: World;
  readonly store: RolloutStore;
  /**
   * Called with the number of frames that were imagined, or found in the store, since the last call; what it
   * throws ends the rollout, which is then not kept.
   */
  readonly onFrames: (count: number) => void;
}

/** Frames that the probes of a start ask for. */
export function probeFrames(probes: Probes): number {
  return Object.values(probes).reduce((sum, actions) => sum + (actions?.length ?? 0), 0);
}

/**
 * Lets a world imagine every probe of a start. The probes run as one batch of sessions side by side, and all take
 * their noise from the same seed (common random numbers), so that nothing but the actions tells them apart.
 *
 * @param contextActions between the context frames, in the world's units
 */
export async function imagine(
  studio: Studio,
  start: Start,
  contextActions: readonly Float32Array[],
  probes: Probes,
  seed: number,
): Promise<Imagined> {
  const { manifest } = studio.world;
  const run = (actions: readonly Float32Array[]): Promise<Sequence> =>
    rollout(studio, start, contextActions, actions, seed);
  const driven = async (actions: readonly Float32Array[]) => ({
    ...(await run(actions)),
    commanded: commandedMotion(actions, manifest),
  });
  const running = [
    run(probes.own),
    driven(probes.foreign),
    run(probes.random),
    run(probes.still),
    probes.revisit.length === 0 ? undefined : run(probes.revisit),
    probes.mirror === undefined ? undefined : driven(probes.mirror),
    probes.loop === undefined ? undefined : driven(probes.loop),
  ] as const;
  // Whoever is told of a failure may close the world, so nothing may still be running in it.
  await Promise.allSettled(running);
  const [imagined, foreign, random, still, revisit, mirror, loop] = await Promise.all(running);
  return {
    imagined,
    driven: foreign,
    random,
    still,
    ...(revisit === undefined ? {} : { revisit }),
    ...(mirror === undefined ? {} : { mirror }),
    ...(loop === undefined ? {} : { loop }),
  };
}

async function rollout(
  { world, store, onFrames }: Studio,
  start: Start,
  contextActions: readonly Float32Array[],
  actions: readonly Float32Array[],
  seed: number,
): Promise<Sequence> {
  const { manifest } = world;
  const context = start.context.slice(-manifest.memory.window);
  const between = contextActions.slice(contextActions.length - context.length + 1);
  const facts = [
    JSON.stringify(manifest),
    ...context.map(({ rgb }) => rgb),
    bytesOf(between),
    bytesOf(actions),
    `seed ${seed}`,
  ];
  let counted = 0;
  const [before, ...frames] = await store.obtain(
    facts,
    { ...manifest.frame, count: actions.length + 1 },
    async () => {
      const session = await world.sessionFromFrames(context, between, seed);
      const shown: Frame[] = [await session.current()];
      for (const action of actions) {
        shown.push(await session.step(action));
        counted++;
        onFrames(1);
      }
      await session.settled();
      return shown;
    },
  );
  onFrames(actions.length - counted);
  return { before: before!, frames };
}

function bytesOf(arrays: readonly Float32Array[]): Uint8Array {
  return Buffer.concat(
    arrays.map(({ buffer, byteOffset, byteLength }) => new Uint8Array(buffer, byteOffset, byteLength)),
  );
}

/**
 * What the world's autoencoder alone makes of a start: of what was filmed, and of the way back through the context.
 */
export async function reconstruct(
  { world, store }: Studio,
  start: Start,
): Promise<{ readonly imagined: Sequence; readonly revisit: Sequence }> {
  const past = start.context.slice(-world.manifest.memory.window, -1).reverse();
  const real = [start.context.at(-1)!, ...start.truth, ...past];
  const shown = await store.obtain(
    ['autoencoder', JSON.stringify(world.manifest), ...real.map(({ rgb }) => rgb)],
    { ...world.manifest.frame, count: real.length },
    () => world.reconstruct(real),
  );
  const before = shown[0]!;
  const end = 1 + start.truth.length;
  return { imagined: { before, frames: shown.slice(1, end) }, revisit: { before, frames: shown.slice(end) } };
}
