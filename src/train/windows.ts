import type { Episode } from '../data/types.ts';
import type { Random } from '../random.ts';

/** A stretch of footage: some frames of an episode from `start` on. */
export interface Window {
  readonly episode: Episode;
  readonly start: number;
}

/** Draws windows of `frames` frames, every place in the episodes being as likely. */
export function windowSampler(episodes: readonly Episode[], frames: number): (random: Random) => Window {
  const starts = episodes.map(({ length }) => Math.max(0, length - frames + 1));
  const total = starts.reduce((sum, count) => sum + count, 0);
  return (random) => {
    let start = random.integer(total);
    for (const [index, episode] of episodes.entries()) {
      if (start < starts[index]!) return { episode, start };
      start -= starts[index]!;
    }
    throw new Error(`drew window ${start} past the end of ${total}`);
  };
}
