import type { DynamicsMoment } from './dynamics.ts';
import type { Pose, Poses } from './pose.ts';

/** A frame of an imagined video: from where it was seen, and the moment. Its picture can be decoded anew. */
export interface View {
  readonly pose: Pose;
  readonly dynamics: DynamicsMoment;
}

/** A view is worth keeping that is at least this far from all others, in the units of `Poses.distance`. */
const SPACING = 0.25;

/**
 * What a video remembers of the places it has been at: views with their poses, as the keyframes of a visual map
 * (Klein and Murray, 2007). A frame that is imagined from the nearest of them rather than from the frame before shows
 * again what was there (memory by pose, as in WorldMem, Z. Xiao et al., 2025, here without attention).
 */
export class Keyframes {
  readonly #poses: Poses;
  readonly #most: number;
  /** Oldest first. */
  #views: readonly View[] = [];

  /** @param most views that are kept; beyond it the oldest is forgotten */
  constructor(poses: Poses, most: number) {
    this.#poses = poses;
    this.#most = most;
  }

  /** The view nearest to a pose, where one is nearer than the present one. */
  nearest(pose: Pose, present: View): View {
    let [best, least] = [present, this.#poses.distance(present.pose, pose) - CLOSER];
    for (const view of this.#views) {
      const distance = this.#poses.distance(view.pose, pose);
      if (distance < least) [best, least] = [view, distance];
    }
    return best;
  }

  /** Keeps a view, unless there is one about there. */
  add(view: View): void {
    if (this.#views.some(({ pose }) => this.#poses.distance(pose, view.pose) < SPACING)) return;
    const views = [...this.#views, view];
    this.#views = views.slice(Math.max(0, views.length - this.#most));
  }

  /** All that are kept, to go on from. */
  save(): readonly View[] {
    return this.#views;
  }

  load(views: readonly View[]): void {
    this.#views = views;
  }
}

/** What poses differ by where they are the same but for rounding. */
const CLOSER = 1e-6;
