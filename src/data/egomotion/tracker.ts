import { type Cv, loadOpenCv } from './opencv.ts';

/** Where points of one frame went in the next: x0, y0, x1, y1 in pixels, four numbers a point. */
export type Tracks = Float32Array;

/** What the tracker saw between two frames. */
export interface PairTracks {
  /** Points that were followed there and back. */
  readonly tracks: Tracks;
  /** How many corners the first frame had. */
  readonly corners: number;
}

type Mat = InstanceType<Cv['Mat']>;

const MAXIMUM_CORNERS = 200;
const QUALITY = 0.001;
const WINDOW = 13;
const LEVELS = 3;
/** A point is followed until a step is this short, in pixels, a third of its own error, or for so many steps. */
const SHORTEST_STEP = 0.03;
const MOST_STEPS = 10;
/** A point that comes back this far from where it started was not followed, in pixels. */
const RETURN_TOLERANCE = 0.6;

/**
 * Follows corners from each frame to the next: Shi–Tomasi corners ("Good features to track", 1994), pyramidal
 * Lucas–Kanade (Bouguet, 2000), and the forward-backward check of Kalal, Mikolajczyk and Matas (2010).
 */
export class Tracker {
  readonly width: number;
  readonly height: number;
  readonly #cv: Cv;
  readonly #frames: [Mat, Mat];
  #count = 0;

  private constructor(cv: Cv, width: number, height: number) {
    this.#cv = cv;
    this.width = width;
    this.height = height;
    this.#frames = [
      new cv.Mat(height, width, cv.CV_8UC1, new cv.Scalar(0)),
      new cv.Mat(height, width, cv.CV_8UC1, new cv.Scalar(0)),
    ];
  }

  /** @param width size of the grey frames that `next` takes */
  static async open(width: number, height: number): Promise<Tracker> {
    const { cv } = await loadOpenCv();
    return new Tracker(cv, width, height);
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
    now.data.set(grey);
    this.#count++;
    return this.#count === 1 ? undefined : this.#track(before, now);
  }

  /** Frees the frames, which live outside JavaScript's memory. */
  close(): void {
    for (const frame of this.#frames) frame.delete();
  }

  #track(before: Mat, now: Mat): PairTracks {
    const cv = this.#cv;
    const [corners, forward, backward, status, statusBack, error] = Array.from(
      { length: 6 },
      () => new cv.Mat(),
    );
    const noMask = new cv.Mat();
    try {
      const spacing = Math.max(4, Math.round(Math.sqrt((this.width * this.height) / MAXIMUM_CORNERS) * 0.75));
      cv.goodFeaturesToTrack(before, corners!, MAXIMUM_CORNERS, QUALITY, spacing, noMask, 5);
      if (corners!.rows === 0) return { tracks: new Float32Array(0), corners: 0 };
      const window = new cv.Size(WINDOW, WINDOW);
      const enough = new cv.TermCriteria(
        cv.TermCriteria_COUNT + cv.TermCriteria_EPS,
        MOST_STEPS,
        SHORTEST_STEP,
      );
      const follow = (from: Mat, to: Mat, start: Mat, end: Mat, found: Mat): void =>
        cv.calcOpticalFlowPyrLK(from, to, start, end, found, error!, window, LEVELS, enough);
      follow(before, now, corners!, forward!, status!);
      follow(now, before, forward!, backward!, statusBack!);
      return {
        tracks: this.#consistent(
          corners!.data32F,
          forward!.data32F,
          backward!.data32F,
          status!.data,
          statusBack!.data,
        ),
        corners: corners!.rows,
      };
    } finally {
      for (const mat of [corners, forward, backward, status, statusBack, error, noMask]) mat?.delete();
    }
  }

  #consistent(
    start: Float32Array,
    end: Float32Array,
    back: Float32Array,
    there: Uint8Array,
    andBack: Uint8Array,
  ): Tracks {
    const kept = new Float32Array(start.length * 2);
    let count = 0;
    for (let i = 0; i < there.length; i++) {
      if (there[i] === 0 || andBack[i] === 0) continue;
      const [x0, y0] = [start[2 * i]!, start[2 * i + 1]!];
      const [x1, y1] = [end[2 * i]!, end[2 * i + 1]!];
      const astray = Math.hypot(back[2 * i]! - x0, back[2 * i + 1]! - y0);
      if (!(astray < RETURN_TOLERANCE)) continue;
      if (x1 < 1 || y1 < 1 || x1 > this.width - 2 || y1 > this.height - 2) continue;
      kept.set([x0, y0, x1, y1], 4 * count);
      count++;
    }
    return kept.slice(0, 4 * count);
  }
}
