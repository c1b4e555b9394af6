import { SHOWN_FPS } from './clock.ts';

/** How far back a run can be gone; the page reads it too. */

/** Frames from one moment that a run keeps to the next. */
export const MOMENT_EVERY = 5 * SHOWN_FPS;

/** Moments that are kept, the last ones. */
export const MOST_MOMENTS = 12;

/** Frames that can always be gone back by, unless the run is younger. */
export const REACH_FRAMES = (MOST_MOMENTS - 1) * MOMENT_EVERY;

/** Frames of a run that are recorded; one that grew longer can neither be gone back in nor be kept. */
export const MOST_FRAMES = 20 * 60 * SHOWN_FPS;
