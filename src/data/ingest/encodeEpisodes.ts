import { UserError } from '../../errors.ts';
import { readIfThere, writeAtomically } from '../fileSystem.ts';
import { PictureStats } from '../lerobot/stats.ts';
import { encodeVideo } from '../video/encode.ts';
import { rgbFromYuv } from '../video/pixels.ts';
import type { FrameFormat } from './format.ts';
import type { Range } from './segments.ts';
import type { Stage } from './stage.ts';

/** An episode's name in the stage, and the range of the clip that it is. */
export interface EpisodeJob extends Range {
  readonly key: string;
}

/** Frames from one key frame of an episode to the next. */
const KEY_EVERY = 10;

/**
 * Encodes the episodes of one clip into the stage, reading the clip once; what is there already is not made again.
 *
 * @param open gives the clip's frames as `yuv420p` at the dataset's size from a frame on; called only if something is missing
 * @param jobs ranges in order, without overlap
 * @param onFrames called with the number of frames that a job added
 */
export async function encodeEpisodes(
  open: (from: number) => Promise<AsyncGenerator<Uint8Array>>,
  jobs: readonly EpisodeJob[],
  format: FrameFormat,
  stage: Stage,
  onFrames: (count: number) => void,
): Promise<void> {
  const missing: EpisodeJob[] = [];
  for (const job of jobs) {
    if ((await readIfThere(stage.path(`${job.key}.json`))) === undefined) missing.push(job);
    else onFrames(job.to - job.from);
  }
  const [first] = missing;
  if (first === undefined) return;
  const { width, height } = format;
  const frames = await open(first.from);
  let position = first.from;
  try {
    for (const job of missing) {
      while (position < job.from && !(await frames.next()).done) position++;
      const stats = new PictureStats();
      const rgb = new Uint8Array(width * height * 3);
      const count = await encodeVideo(
        stage.path(`${job.key}.mp4`),
        take(frames, job.to - job.from, (frame) => {
          position++;
          stats.add(rgbFromYuv(frame, width, height, rgb));
        }),
        { ...format, pixels: 'yuv420p', keyEvery: KEY_EVERY },
      );
      if (count !== job.to - job.from) {
        throw new UserError(
          `only ${count} of ${job.to - job.from} frames could be read at the second reading`,
          'run the same command again; if it stays so, the file changes or is damaged',
        );
      }
      await writeAtomically(stage.path(`${job.key}.json`), JSON.stringify(stats.result()));
      onFrames(count);
    }
  } finally {
    await frames.return(undefined);
  }
}

async function* take(
  frames: AsyncGenerator<Uint8Array>,
  count: number,
  onFrame: (frame: Uint8Array) => void,
): AsyncGenerator<Uint8Array> {
  for (let i = 0; i < count; i++) {
    const next = await frames.next();
    if (next.done) return;
    onFrame(next.value);
    yield next.value;
  }
}
