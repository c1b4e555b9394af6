import type { Frame } from '../world/types.ts';
import type { Start } from './starts.ts';

/** A sequence of pictures with the one before it, against which the motion of the first is measured. */
export interface Sequence {
  readonly before: Frame;
  readonly frames: readonly Frame[];
}

/** A sequence and the camera motion that was asked for while it was made. */
export interface Driven extends Sequence {
  /**
   * Commanded displacement that led to each frame, float64 [frames, 6] in the order of `MOTIONS`: radians for
   * turns, the dataset's translation units for the rest; 0 where nothing was commanded.
   */
  readonly commanded: Float64Array;
}

/**
 * Where pictures come from: a world; what its autoencoder alone makes of the truth; the last real frame, frozen
 * or extrapolated along its optical flow; or the camera itself.
 */
export type SourceKind = 'world' | 'autoencoder' | 'flow' | 'copy' | 'real';

/** What one source showed from one start with one seed: all that a metric may look at. */
export interface Evidence {
  readonly kind: SourceKind;
  readonly start: Start;
  readonly seed: number;
  /** What really happened, with the motion that was measured when the footage was labelled. */
  readonly truth: Driven;
  /** The source's version of it, under the same actions. */
  readonly imagined: Sequence;
  /**
   * Pictures and the motion commanded for them. For a world these are not the footage's own actions: under its
   * own, one that merely continues what it saw would look obedient.
   */
  readonly driven?: Driven;
  /** The same start and seed under actions drawn at random for every frame; at most as long as `imagined`. */
  readonly random?: Sequence;
  /** Told to stand still. */
  readonly still?: Sequence;
  /** A turn by N frames and the same turn back: 2 N frames. */
  readonly mirror?: Driven;
  /** A turn in one direction until the camera looks where it looked at first. */
  readonly loop?: Driven;
  /** The way that the context came, backwards: frame j should show context frame W − 2 − j. */
  readonly revisit?: Sequence;
}
