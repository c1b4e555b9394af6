/** What a frame-time window says about itself. */
export interface Summary {
  readonly fps: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Frame times over a sliding window. */
export interface Statistics {
  /**
   * @param at when the frame was done, in milliseconds
   * @param value what is measured of it, in milliseconds
   */
  add(at: number, value: number): void;
  summary(): Summary;
  /** The values of the window, oldest first. */
  values(): number[];
  clear(): void;
}

/**
 * The value below which the given share of the values lies (nearest rank); 0 when there are none.
 *
 * @param values in any order
 * @param share 0…1
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const rank = Math.max(0, Math.ceil(share * sorted.length) - 1);
  return sorted[rank] ?? 0;
}

/**
 * Collects frame times and forgets those older than the window.
 *
 * @param windowMs how far back it looks; `Infinity` keeps everything
 */
export function slidingStatistics(windowMs: number): Statistics {
  let samples: { at: number; value: number }[] = [];
  return {
    add: (at, value) => {
      samples.push({ at, value });
      const oldest = samples.findIndex((sample) => sample.at >= at - windowMs);
      if (oldest > 0) samples.splice(0, oldest);
    },
    summary: () => {
      const values = samples.map((sample) => sample.value);
      const span = (samples.at(-1)?.at ?? 0) - (samples[0]?.at ?? 0);
      return {
        fps: span > 0 ? ((samples.length - 1) * 1000) / span : 0,
        p50: percentile(values, 0.5),
        p95: percentile(values, 0.95),
        p99: percentile(values, 0.99),
      };
    },
    values: () => samples.map((sample) => sample.value),
    clear: () => {
      samples = [];
    },
  };
}
