import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeVideo } from '../data/video/encode.ts';
import type { PlayableWorld } from '../world/types.ts';
import { replayTake, type Take } from './take.ts';

/** Where takes are kept, in the folder that the server was started from. */
export const PLAYTESTS = 'playtests';

const NOT_IN_NAMES = /[^\w-]+/g;

/** Keeps takes, one video at a time: making one plays the run again, and those who play need the processor. */
export interface Keeper {
  /** @returns the folder of the take, relative to that of all */
  keep(world: PlayableWorld, take: Take): Promise<string>;
  /** Keeps what it was still asked to, without videos: `reverie replay` can make them from the take. */
  close(): Promise<void>;
}

/** @param folder where takes are kept */
export function createKeeper(folder: string): Keeper {
  const closed = new AbortController();
  let before: Promise<unknown> = Promise.resolve();
  return {
    keep: (world, take) => {
      // A comparison has no video to wait for.
      const turn = take.worlds.length === 1 ? before : Promise.resolve();
      const kept = turn.then(() => keepTake(folder, world, take, closed.signal));
      before = Promise.allSettled([before, kept]);
      return kept;
    },
    close: async () => {
      closed.abort();
      await before;
    },
  };
}

/**
 * Keeps a take as `<folder>/<world>/<time>/take.json`; that of a single world with its frames as `video.mp4` beside
 * it. The frames are played again for that, which also proves that they can be.
 *
 * @param closed leaves the video out from then on
 * @returns the folder of the take, relative to `folder`
 */
export async function keepTake(
  folder: string,
  world: PlayableWorld,
  take: Take,
  closed?: AbortSignal,
): Promise<string> {
  const stamp = new Date().toISOString().replace(NOT_IN_NAMES, '-');
  const worlds = take.worlds.map(({ name }) => name.replace(NOT_IN_NAMES, '-')).sort();
  const name = join(worlds.join('-or-'), `${stamp}${take.seed}`);
  const target = join(folder, name);
  const partial = `${target}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    await writeFile(join(partial, 'take.json'), `${JSON.stringify(take)}\n`);
    // A comparison goes on at once, and imagining two worlds again beside it would slow both down.
    if (worlds.length === 1) {
      await writeTakeVideo(join(partial, 'video.mp4'), world, take, true, closed).catch((error: unknown) => {
        if (!closed?.aborted) throw error;
      });
    }
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return name;
}

/**
 * Plays a take again into a video file.
 *
 * @param exact as of `replayTake`
 * @param closed ends it with an error, and leaves no file
 */
export async function writeTakeVideo(
  path: string,
  world: PlayableWorld,
  take: Take,
  exact = true,
  closed?: AbortSignal,
): Promise<void> {
  const pictures = async function* () {
    for await (const { rgb } of replayTake(world, take, exact)) {
      closed?.throwIfAborted();
      yield rgb;
    }
  };
  await encodeVideo(path, pictures(), { ...world.manifest.frame, fps: take.fps });
}
