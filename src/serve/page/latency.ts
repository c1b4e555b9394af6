/** Measures how long an input takes to be seen. */
export interface LatencyMeter {
  /** An input left for the world. */
  sent(sequence: number, at: number): void;
  /**
   * A picture was drawn.
   *
   * @param sequence the newest input that shaped it
   * @returns the milliseconds since the oldest input that became visible with it, if any did
   */
  drawn(sequence: number, at: number): number | undefined;
  clear(): void;
}

/** Pairs inputs with the first picture that answers them. */
export function createLatencyMeter(): LatencyMeter {
  let waiting: { sequence: number; at: number }[] = [];
  return {
    sent: (sequence, at) => {
      waiting.push({ sequence, at });
    },
    drawn: (sequence, at) => {
      const oldest = waiting.find((input) => input.sequence <= sequence);
      waiting = waiting.filter((input) => input.sequence > sequence);
      return oldest && at - oldest.at;
    },
    clear: () => {
      waiting = [];
    },
  };
}
