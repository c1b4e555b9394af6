import type { ReceivedFrame } from '../frameMessage.ts';
import { REACH_FRAMES } from '../reach.ts';

/** The pictures of as much of the past as can be gone back to, about ten of a second. */
export interface Film {
  /** Oldest first; the last is the present. */
  readonly frames: readonly ReceivedFrame[];
  /** Takes in the present; what the film has of the same time or later was another way, and is forgotten. */
  add(frame: ReceivedFrame): void;
  /** Keeps the picture of the present, whatever its turn. */
  pin(): void;
}

/** Of so many frames one picture is kept: all of them would take hundreds of megabytes where they are not JPEG. */
const THINNING = 3;

export function createFilm(): Film {
  let frames: ReceivedFrame[] = [];
  let pinned = new Set<number>();
  const isKept = ({ index }: ReceivedFrame): boolean => index % THINNING === 1 || pinned.has(index);
  return {
    get frames() {
      return frames;
    },
    add: (frame) => {
      const past = frames.filter(
        (before, place) =>
          before.index < frame.index &&
          before.index >= frame.index - REACH_FRAMES &&
          (place < frames.length - 1 || isKept(before)),
      );
      pinned = new Set([...pinned].filter((index) => index < frame.index));
      frames = [...past, frame];
    },
    pin: () => {
      const present = frames.at(-1);
      if (present) pinned.add(present.index);
    },
  };
}
