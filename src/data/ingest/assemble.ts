import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { MOTIONS } from '../../world/manifest.ts';
import { smoothMotion } from '../actions/smooth.ts';
import { openDataset } from '../dataset.ts';
import { readIfThere } from '../fileSystem.ts';
import { INFO_FILE, videoPath } from '../lerobot/schema.ts';
import { type DatasetContent, type EpisodeContent, writeDatasetTables } from '../lerobot/write.ts';
import type { ClipMotion } from './clipMotion.ts';
import type { Range } from './segments.ts';
import type { Stage } from './stage.ts';

/**
 * Puts a dataset together from the stage: links the videos, writes the tables. A folder that holds this very
 * dataset already is left as it is.
 *
 * @param keys names of the episodes' videos in the stage, in order
 */
export async function assemble(
  dataset: DatasetContent,
  keys: readonly string[],
  stage: Stage,
): Promise<void> {
  const { folder, content } = dataset;
  if (await isWritten(folder, content)) return;
  // The description goes first and comes back last: a half-replaced dataset must not look like a whole one.
  await rm(path.join(folder, INFO_FILE), { force: true });
  for (const part of ['data', 'videos', 'meta', 'cache', 'card']) {
    await rm(path.join(folder, part), { recursive: true, force: true });
  }
  for (const [i, key] of keys.entries()) {
    await place(stage.path(`${key}.mp4`), path.join(folder, videoPath(i)));
  }
  await writeDatasetTables(dataset);
}

/** The frames of a clip that an episode has: those of its range that do not repeat the one before. */
export function episodeFrames({ from, to }: Range, repeated: ReadonlySet<number>): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i).filter((t) => !repeated.has(t));
}

/**
 * The rows of an episode: the motion from each of its frames to the next, smoothed within it.
 *
 * @param frames its frames, see {@link episodeFrames}
 */
export function episodeMotion(
  motion: ClipMotion,
  frames: readonly number[],
): Pick<EpisodeContent, 'displacement' | 'confidence'> {
  const width = MOTIONS.length;
  // A repeat stands where the frame before it stands, so the way to the next frame is the last step of it.
  const steps = frames.map((t, i) => (frames[i + 1] ?? t + 1) - 1);
  const confidence = Float64Array.from(steps, (t) => motion.confidence[t]!);
  const measured = Float64Array.from(
    steps.flatMap((t) => Array.from(motion.displacement.subarray(t * width, (t + 1) * width))),
  );
  // The last frame's motion leads out of the episode, perhaps into another scene.
  if (confidence.length > 1) {
    measured.copyWithin(measured.length - width, measured.length - 2 * width, measured.length - width);
    confidence.copyWithin(confidence.length - 1, confidence.length - 2, confidence.length - 1);
  }
  const displacement = smoothMotion(measured, width, confidence);
  displacement.copyWithin(displacement.length - width, -2 * width, -width);
  return { displacement, confidence };
}

/** Whether the folder holds this very dataset already, complete. */
async function isWritten(folder: string, content: string): Promise<boolean> {
  const text = await readIfThere(path.join(folder, INFO_FILE));
  if (text === undefined || !text.includes(`"content": "${content}"`)) return false;
  return openDataset(folder).then(
    () => true,
    () => false,
  );
}

// The stage keeps its copy for the next run; a hard link costs no space.
async function place(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await rm(to, { force: true });
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
  }
}
