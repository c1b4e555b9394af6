import path from 'node:path';
import { writeAtomically } from '../../data/fileSystem.ts';
import { encodeVideo } from '../../data/index.ts';
import type { Recording } from '../evaluation.ts';

/**
 * Writes a rollout as `<world>/clip-<start>-seed-<seed>.mp4`, its first frame the last one that the world was
 * given, and beside it a `.csv` with the action that led to each frame, in the world's normalised units.
 */
export async function writeRecording(
  { world, start, seed, sequence, actions, manifest }: Recording,
  fps: number,
  folder: string,
): Promise<void> {
  const file = path.join(folder, fileName(world), `clip-${String(start).padStart(2, '0')}-seed-${seed}`);
  const { width, height } = manifest.frame;
  const frames = [sequence.before, ...sequence.frames].map(({ rgb }) => rgb);
  await encodeVideo(`${file}.mp4`, frames, { width, height, fps });
  const lines = [
    ['frame', ...manifest.actions.names].join(','),
    ...actions.map((action, t) => [t + 1, ...action].join(',')),
  ];
  await writeAtomically(`${file}.csv`, `${lines.join('\n')}\n`);
}

/** A name that every file system takes. */
export function fileName(name: string): string {
  return name.replace(/[^\p{L}\p{N}._-]+/gu, '-').replace(/^[-.]+|-+$/g, '') || 'world';
}
