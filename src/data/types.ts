import type { Motion } from '../world/manifest.ts';

/** One uncut stretch of footage. */
export interface Episode {
  readonly index: number;
  /** Frames in the episode. */
  readonly length: number;
  /** Where it came from: file name and the time of its first frame in seconds. */
  readonly source: string;
  readonly startSeconds: number;
  /** Validation is the end of the footage by time; it is never trained on. */
  readonly split: 'train' | 'val';
}

/** What a dataset says of itself, kept in `meta/`. */
export interface DatasetInfo {
  readonly name: string;
  readonly fps: number;
  readonly width: number;
  readonly height: number;
  /** The action vector's dimensions, in order. */
  readonly actionNames: readonly Motion[];
  /** One normalised unit per dimension: radians per frame for angles, relative units for translation. */
  readonly actionScale: readonly number[];
  readonly episodes: readonly Episode[];
}

/**
 * A dataset that training and evaluation read.
 *
 * The action of row t is the camera's motion from frame t to frame t + 1 (the LeRobot convention), normalised
 * by `actionScale`; the last row of an episode repeats the one before.
 */
export interface Dataset {
  readonly folder: string;
  readonly info: DatasetInfo;
  /** Normalised actions of an episode, float32 [length, actionNames.length]. */
  actions(episode: Episode): Promise<Float32Array>;
  /** Frames of an episode, uint8 [count, height, width, 3]. */
  frames(episode: Episode, from?: number, count?: number): Promise<Uint8Array>;
}
