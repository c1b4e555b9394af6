import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { encodeVideo } from '../data/video/encode.ts';
import type { PlayableWorld } from '../world/types.ts';
import { replayTake, type Take } from './take.ts';

/** Where takes are kept, in the folder that the server was started from. */
export const PLAYTESTS = 'playtests';

const NOT_IN_NAMES = /[^\w-]+/g;

/**
 * Keeps a take as `<folder>/<world>/<time>/take.json`; that of a single world with its frames as `video.mp4` beside
 * it. The frames are played again for that, which also proves that they can be.
 *
 * @returns the folder of the take, relative to `folder`
 */
export async function keepTake(folder: string, world: PlayableWorld, take: Take): Promise<string> {
  const stamp = new Date().toISOString().replace(NOT_IN_NAMES, '-');
  const worlds = take.worlds.map(({ name }) => name.replace(NOT_IN_NAMES, '-')).sort();
  const name = join(worlds.join('-or-'), `${stamp}${take.seed}`);
  const target = join(folder, name);
  const partial = `${target}.partial`;
  await mkdir(partial, { recursive: true });
  try {
    await writeFile(join(partial, 'take.json'), `${JSON.stringify(take)}\n`);
    // A comparison goes on at once, and imagining two worlds again beside it would slow both down.
    if (worlds.length === 1) await writeTakeVideo(join(partial, 'video.mp4'), world, take);
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return name;
}

/** Plays a take again into a video file. */
export async function writeTakeVideo(path: string, world: PlayableWorld, take: Take): Promise<void> {
  const pictures = async function* () {
    for await (const { rgb } of replayTake(world, take)) yield rgb;
  };
  await encodeVideo(path, pictures(), { ...world.manifest.frame, fps: take.fps });
}
