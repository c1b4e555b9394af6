import { CornerFinder } from './corners.ts';
import { emptyPyramid, fillPyramid, type Level } from './pyramid.ts';
import { PyramidFlow } from './pyramidFlow.ts';

/** Where points of one frame went in the next: x0, y0, x1, y1 in pixels, four numbers a point. */
export type Tracks = Float32Array;

/** What the tracker saw between two frames. */
export interface PairTracks {
  /** Points that were followed there and back. */
  readonly tracks: Tracks;
  /** How many corners the first frame had. */
  readonly corners: number;
}

const MOST_CORNERS = 200;
/** The least distance between two, as a share of what it would be were they spread evenly. */
const SPREAD = 0.65;
const LEVELS = 4;
/** The level of the pyramid on which corners are looked for: half the size, since they are followed with windows. */
const CORNER_LEVEL = 1;
/** A point that comes back this far from where it started was not followed, in pixels. */
const RETURN_TOLERANCE = 0.6;

/**
 * Follows corners from each frame to the next and back. The way back begins where the point came from and uses the
 * full size alone: it asks whether the two places look most like each other, not whether the point would be found
 * again from afar (after the forward-backward check of Kalal, Mikolajczyk and Matas, 2010).
 */
export class Tracker {
  readonly width: number;
  readonly height: number;
  readonly #frames: readonly [Level[], Level[]];
  readonly #corners: CornerFinder;
  #count = 0;

  /** @param width size of the grey frames that `next` takes */
  constructor(width: number, height: number) {
    this.width = width;
    this.height = height;
    this.#frames = [emptyPyramid(width, height, LEVELS), emptyPyramid(width, height, LEVELS)];
    const halved = this.#frames[0][CORNER_LEVEL]!;
    this.#corners = new CornerFinder(halved.width, halved.height);
  }

  /**
   * Takes the next frame.
   *
   * @param grey uint8 [height, width]
   * @returns the tracks from the frame before, undefined for the first frame
   */
  next(grey: Uint8Array): PairTracks | undefined {
    const [even, odd] = this.#frames;
    const [before, now] = this.#count % 2 === 0 ? [odd, even] : [even, odd];
    fillPyramid(now, grey);
    this.#count++;
    return this.#count === 1 ? undefined : this.#track(before, now);
  }

  #track(before: readonly Level[], now: readonly Level[]): PairTracks {
    const scale = 2 ** CORNER_LEVEL;
    const spacing = SPREAD * Math.sqrt((this.width * this.height) / MOST_CORNERS);
    const corners = this.#corners.find(before[CORNER_LEVEL]!, MOST_CORNERS, spacing / scale);
    const flow = new PyramidFlow(before, now);
    const kept = new Float32Array(corners.length * 2);
    const place = new Float64Array(2);
    let count = 0;
    for (let i = 0; i < corners.length; i += 2) {
      const x = (corners[i]! + 0.5) * scale - 0.5;
      const y = (corners[i + 1]! + 0.5) * scale - 0.5;
      if (!flow.follow(x, y, place)) continue;
      const [toX, toY] = [place[0]!, place[1]!];
      if (toX < 1 || toY < 1 || toX > this.width - 2 || toY > this.height - 2) continue;
      place[0] = x;
      place[1] = y;
      if (!flow.back(toX, toY, place)) continue;
      if (Math.hypot(place[0]! - x, place[1]! - y) > RETURN_TOLERANCE) continue;
      kept[4 * count] = x;
      kept[4 * count + 1] = y;
      kept[4 * count + 2] = toX;
      kept[4 * count + 3] = toY;
      count++;
    }
    return { tracks: kept.slice(0, 4 * count), corners: corners.length / 2 };
  }
}
