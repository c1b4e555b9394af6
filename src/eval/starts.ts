import type { Dataset, Episode } from '../data/types.ts';
import { UserError } from '../errors.ts';
import type { Frame } from '../world/types.ts';

/** A held-out stretch of footage from which every world imagines the rest. */
export interface Start {
  readonly episode: Episode;
  /** Index in the episode of the last real frame that a world sees. */
  readonly present: number;
  /** The real frames up to and including the present one, oldest first. */
  readonly context: readonly Frame[];
  /** What really came after: frame h is the truth at horizon h + 1. */
  readonly truth: readonly Frame[];
  /** Dataset actions between the context frames, float32 [context − 1, dimensions]. */
  readonly contextActions: Float32Array;
  /** Dataset actions from the present on, float32 [horizon, dimensions]. */
  readonly actions: Float32Array;
}

/**
 * Chooses evenly spaced starts over all held-out footage. Where there is room for fewer than asked, there are
 * fewer: rollouts that overlap by more than half would pass for independent ones and make intervals too narrow.
 *
 * @param context real frames before the rollout, the present one included
 * @param horizon frames to imagine
 * @throws UserError when no held-out episode is long enough
 */
export async function chooseStarts(
  dataset: Dataset,
  context: number,
  horizon: number,
  count: number,
): Promise<Start[]> {
  const span = context + horizon;
  const episodes = dataset.info.episodes.filter((episode) => episode.split === 'val');
  const places = episodes.flatMap((episode) =>
    Array.from({ length: Math.max(0, episode.length - span + 1) }, (_, from) => ({ episode, from })),
  );
  if (places.length === 0) {
    const longest = Math.max(0, ...episodes.map((episode) => episode.length));
    throw new UserError(
      `dataset "${dataset.info.name}" has no held-out stretch of ${span} frames (${context} of context and ${horizon} to imagine), the longest has ${longest}`,
      longest > context
        ? `use --horizon ${longest - context} or less, or ingest more footage`
        : 'ingest more footage',
    );
  }
  const apart = Math.ceil(horizon / 2);
  const room = episodes.reduce(
    (sum, { length }) => sum + Math.ceil(Math.max(0, length - span + 1) / apart),
    0,
  );
  const taken = Math.min(count, places.length, Math.max(2, room));
  const starts: Start[] = [];
  for (let i = 0; i < taken; i++) {
    const { episode, from } = places[Math.floor(((i + 0.5) * places.length) / taken)]!;
    starts.push(await readStart(dataset, episode, from, context, horizon));
  }
  return starts;
}

async function readStart(
  dataset: Dataset,
  episode: Episode,
  from: number,
  context: number,
  horizon: number,
): Promise<Start> {
  const { width, height, actionNames } = dataset.info;
  const pixels = await dataset.frames(episode, from, context + horizon);
  const size = width * height * 3;
  const frames = Array.from({ length: context + horizon }, (_, i) => ({
    width,
    height,
    rgb: pixels.slice(i * size, (i + 1) * size),
  }));
  const present = from + context - 1;
  const all = await dataset.actions(episode);
  const rows = (first: number, last: number): Float32Array =>
    all.slice(first * actionNames.length, last * actionNames.length);
  return {
    episode,
    present,
    context: frames.slice(0, context),
    truth: frames.slice(context),
    contextActions: rows(from, present),
    actions: rows(present, present + horizon),
  };
}
