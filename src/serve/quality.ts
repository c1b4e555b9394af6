import { REPROJECTION, type WorldManifest } from '../world/manifest.ts';

/** How many denoising steps a frame gets, and what led to it. */
export interface Quality {
  /** As for `Session.step`: 0 is one step and no blend with the picture before. */
  readonly steps: number;
  /** Rises with each frame that is too near to the budget, falls with each other one. */
  readonly pressure: number;
  /** Rises with each frame that would have had room for one more step, falls faster with each other one. */
  readonly room: number;
  /** Frames of room to wait for before the next step up. */
  readonly patience: number;
}

const PRESSURE_LIMIT = 5;
const FIRST_PATIENCE = 60;
const LONGEST_PATIENCE = 960;
/** Frames this near to the budget are about to cost the rate. */
const TIGHT_SHARE = 0.93;
const ROOM_SHARE = 0.8;
/** What blending adds to a frame with one step, and what another step does, at most: decoding costs the same. */
const BLENDING_SHARE = 0.25;
const STEP_SHARE = 0.5;
/** Single frames that are late for other reasons shall not hold up a machine that has room. */
const NO_ROOM = 4;

export interface StepRange {
  readonly fewest: number;
  readonly most: number;
}

/** The steps that there are to choose from in a world. */
export function stepRange(manifest: WorldManifest): StepRange {
  return { fewest: REPROJECTION in manifest.files ? 0 : 1, most: manifest.sampling.steps };
}

/** The quality a session starts with: all steps. */
export function fullQuality(steps: number): Quality {
  return { steps, pressure: 0, room: 0, patience: FIRST_PATIENCE };
}

/**
 * Steps down when frames keep coming near the budget, before the rate suffers, and up when there has long
 * been room for one step more. Every step down doubles the wait before the next step up, so that a machine
 * on the edge settles instead of swinging.
 *
 * @param quality the state so far
 * @param frameMs what the last frame took
 * @param budgetMs what a frame may take
 * @param range the steps that the world was made for, and the fewest that make a difference
 */
export function nextQuality(
  quality: Quality,
  frameMs: number,
  budgetMs: number,
  { fewest, most }: StepRange,
): Quality {
  const { steps, patience } = quality;
  const pressure = Math.max(0, quality.pressure + (frameMs > budgetMs * TIGHT_SHARE ? 1 : -1));
  if (pressure >= PRESSURE_LIMIT && steps > fewest) {
    return { steps: steps - 1, pressure: 0, room: 0, patience: Math.min(patience * 2, LONGEST_PATIENCE) };
  }
  const foreseenMs = frameMs * (1 + (steps === 0 ? BLENDING_SHARE : STEP_SHARE / steps));
  const room = Math.max(0, quality.room + (foreseenMs < budgetMs * ROOM_SHARE ? 1 : -NO_ROOM));
  if (room >= patience && steps < most) return { steps: steps + 1, pressure: 0, room: 0, patience };
  return { steps, pressure: Math.min(pressure, PRESSURE_LIMIT), room: Math.min(room, patience), patience };
}
