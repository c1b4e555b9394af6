import { slidingStatistics } from '../statistics.ts';

/** Notices that frames come slower, or with fewer denoising steps, than they should. */
export interface Shortfall {
  /**
   * Counts a frame.
   *
   * @returns the milliseconds that one takes, when that has been too much for a while
   */
  frame(at: number, steps: number): number | undefined;
}

const WINDOW_MS = 5000;
const LEAST_FPS = 27;

/** Begins to watch; the most steps that were seen count as full quality. */
export function createShortfall(): Shortfall {
  const intervals = slidingStatistics(WINDOW_MS);
  let first: number | undefined;
  let before: number | undefined;
  let mostSteps = 0;
  return {
    frame: (at, steps) => {
      first ??= at;
      mostSteps = Math.max(mostSteps, steps);
      // Anything longer was a pause.
      if (before !== undefined && at - before < 1000) intervals.add(at, at - before);
      before = at;
      const { fps, p50 } = intervals.summary();
      const short = fps < LEAST_FPS || steps < mostSteps;
      return short && at - first > WINDOW_MS ? (p50 * mostSteps) / Math.max(1, steps) : undefined;
    },
  };
}
