/** A world's recorded action sequences: [demo][frame][dimension]. */
export type Demos = readonly (readonly (readonly number[])[])[];

/** Plays recorded actions one sequence after another, for ever. */
export interface Autopilot {
  /** The next action, in the units of the footage. */
  next(): number[];
  /** Goes back to the beginning of the first sequence. */
  rewind(): void;
}

/**
 * Drives with the actions of real footage.
 *
 * @param demos the recorded sequences
 * @param first which one to begin with; counts round
 * @param pace frames of the footage per shown frame
 * @returns nothing when the world has no recorded actions
 */
export function createAutopilot(demos: Demos, first: number, pace: number): Autopilot | undefined {
  const usable = demos.filter((demo) => demo.length > 0);
  if (usable.length === 0) return undefined;
  let demo = first;
  let position = 0;
  return {
    next: () => {
      let frames = usable[demo % usable.length]!;
      if (position > frames.length - 1) {
        position = 0;
        demo += 1;
        frames = usable[demo % usable.length]!;
      }
      const action = between(frames, position);
      position += pace;
      return action;
    },
    rewind: () => {
      demo = first;
      position = 0;
    },
  };
}

function between(frames: readonly (readonly number[])[], position: number): number[] {
  const index = Math.floor(position);
  const share = position - index;
  const here = frames[index]!;
  const there = frames[index + 1] ?? here;
  return here.map((value, dimension) => value + ((there[dimension] ?? value) - value) * share);
}
