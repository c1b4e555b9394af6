import type { DynamicsSnapshot } from './dynamics.ts';
import type { View } from './keyframes.ts';
import type { WorldManifest } from './manifest.ts';

/** One picture: 8-bit sRGB, row by row, three bytes a pixel. */
export interface Frame {
  readonly width: number;
  readonly height: number;
  readonly rgb: Uint8Array;
}

/** A moment of a session, from which any session of the same world can go on exactly as it did. */
export interface SessionSnapshot {
  readonly frameIndex: number;
  /** The present frame. */
  readonly view: View & { readonly dynamics: DynamicsSnapshot };
  /** What is shown of it. */
  readonly picture: Frame;
  /** The views that are remembered, oldest first. */
  readonly keyframes: readonly View[];
  /** The same moment of the world that is played beside this one. */
  readonly beside?: SessionSnapshot;
}

/** One player's run through a world. Sessions of a world share its weights and nothing else. */
export interface Session {
  /** Frames imagined since the start state; 0 right after `reset`. */
  readonly frameIndex: number;
  /** The picture of the present state, without advancing. */
  current(): Promise<Frame>;
  /**
   * Imagines the next frame.
   *
   * @param action normalised displacement per frame, in the order of `manifest.actions.names`; a player that
   *   shows more frames a second than the footage had scales it by `manifest.fps / shownFps`
   * @param steps denoising passes, `manifest.sampling.steps` when left out; 0 asks for the least that can be done:
   *   one pass, and no blend with the picture before
   */
  step(action: ArrayLike<number>, steps?: number): Promise<Frame>;
  /** Waits until what was asked for is done, the part of a step that comes after its picture included. */
  settled(): Promise<void>;
  /** Goes back to a start state; the same seed and actions give the same frames. */
  reset(seed: number, start?: number): void;
  /** The present moment, once what was asked for is done. */
  save(): Promise<SessionSnapshot>;
  /** Goes to a saved moment of this or another session of the world. */
  load(snapshot: SessionSnapshot): void;
}

/** A world that can be played, on a server or in a browser. */
export interface PlayableWorld {
  readonly manifest: WorldManifest;
  newSession(seed: number, start?: number): Session;
  close(): Promise<void>;
}

/** A loaded world. */
export interface World extends PlayableWorld {
  readonly folder: string;
  /** A session whose present is the given real frames (oldest first, at least one) and the actions between them. */
  sessionFromFrames(
    frames: readonly Frame[],
    actions: readonly ArrayLike<number>[],
    seed: number,
  ): Promise<Session>;
  /** What the autoencoder alone makes of real frames: the ceiling of every picture metric. */
  reconstruct(frames: readonly Frame[]): Promise<Frame[]>;
}
