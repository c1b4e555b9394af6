import { UserError } from '../../errors.ts';
import { readIfThere, writeAtomically } from '../fileSystem.ts';
import { PictureStats } from '../lerobot/stats.ts';
import { encodeVideo } from '../video/encode.ts';
import { rgbFromYuv } from '../video/pixels.ts';
import type { FrameFormat } from './format.ts';
import type { Stage } from './stage.ts';

/** An episode's name in the stage, and the frames of the clip that it has, in order. */
export interface EpisodeJob {
  readonly key: string;
  readonly frames: readonly number[];
}

/** Frames from one key frame of an episode to the next. */
const KEY_EVERY = 10;

/**
 * Encodes the episodes of one clip into the stage, reading the clip once; what is there already is not made again.
 *
 * @param open gives the clip's frames as `yuv420p` at the dataset's size from a frame on; called only if something is missing
 * @param jobs in order, without a frame in common
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
    else onFrames(job.frames.length);
  }
  const first = missing[0]?.frames[0];
  if (first === undefined) return;
  const { width, height } = format;
  const frames = await open(first);
  let position = first;
  async function* pick(wanted: readonly number[], stats: PictureStats): AsyncGenerator<Uint8Array> {
    const rgb = new Uint8Array(width * height * 3);
    for (const frame of wanted) {
      let next = await frames.next();
      for (; position < frame && !next.done; position++) next = await frames.next();
      if (next.done) return;
      position++;
      stats.add(rgbFromYuv(next.value, width, height, rgb));
      yield next.value;
    }
  }
  try {
    for (const job of missing) {
      const stats = new PictureStats();
      const count = await encodeVideo(stage.path(`${job.key}.mp4`), pick(job.frames, stats), {
        ...format,
        pixels: 'yuv420p',
        keyEvery: KEY_EVERY,
      });
      if (count !== job.frames.length) {
        throw new UserError(
          `only ${count} of ${job.frames.length} frames could be read at the second reading`,
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
