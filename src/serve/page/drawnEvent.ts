import type { FrameMessage } from '../frameMessage.ts';

/** Told to the document after every picture, for whoever measures the page from outside. */
export const DRAWN_EVENT = 'reverie-drawn';

/** The `detail` of that event. */
export interface DrawnPicture extends Pick<FrameMessage, 'index' | 'steps' | 'modelMs'> {
  /** When it was drawn, in milliseconds since the page began. */
  readonly at: number;
  /** How long the oldest input that it answers took, when it answers one. */
  readonly latencyMs: number | undefined;
}

export function announceDrawn(picture: DrawnPicture): void {
  document.dispatchEvent(new CustomEvent(DRAWN_EVENT, { detail: picture }));
}
