import { type Range, splitAt } from './segments.ts';

/** An episode before it has a number: a range of a clip, wholly for training or wholly for validation. */
export interface EpisodePlan extends Range {
  readonly clip: number;
  readonly split: 'train' | 'val';
}

/**
 * Cuts the kept stretches into episodes: none longer than the limit, and none across the boundary that puts
 * the end of the footage's time aside for validation.
 *
 * @param clips kept ranges of each clip, in order
 * @param longest frames of the longest episode
 * @param validation share of the frames at the end that is for validation
 * @param shortest no part that the boundary makes is shorter than this
 */
export function planEpisodes(
  clips: readonly (readonly Range[])[],
  longest: number,
  validation: number,
  shortest: number,
): EpisodePlan[] {
  const total = clips.flat().reduce((sum, range) => sum + range.to - range.from, 0);
  const boundary = Math.round(total * (1 - validation));
  const plans: EpisodePlan[] = [];
  let done = 0;
  clips.forEach((ranges, clip) => {
    for (const range of ranges) {
      const length = range.to - range.from;
      const edge = boundary - done;
      const cut = length - edge < shortest ? length : edge < shortest ? 0 : edge;
      for (const part of splitAt(range, [range.from + cut])) {
        const split = part.from - range.from < cut ? 'train' : 'val';
        for (const piece of evenPieces(part, longest)) plans.push({ ...piece, clip, split });
      }
      done += length;
    }
  });
  return plans;
}

function evenPieces(range: Range, longest: number): Range[] {
  const length = range.to - range.from;
  const pieces = Math.ceil(length / longest);
  return Array.from({ length: pieces }, (_, i) => ({
    from: range.from + Math.round((length * i) / pieces),
    to: range.from + Math.round((length * (i + 1)) / pieces),
  }));
}
