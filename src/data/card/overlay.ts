import type { Tracks } from '../egomotion/tracker.ts';
import type { FrameLabels } from './labels.ts';

type Colour = readonly [number, number, number];

const AGREEING: Colour = [80, 255, 120];
const REJECTED: Colour = [255, 70, 60];
const DARK: Colour = [20, 22, 28];
const LIT: Colour = [255, 196, 60];
const GREY: Colour = [130, 136, 146];
const BLUE: Colour = [90, 160, 255];

/** Places of the keys in a picture of two clusters, left W A S D and right the arrows. */
const KEYS: readonly { readonly name: string; readonly column: number; readonly row: number }[] = [
  ...[{ name: 'W', column: 1, row: 0 }],
  ...['A', 'S', 'D'].map((name, column) => ({ name, column, row: 1 })),
  ...[{ name: 'ArrowUp', column: 5, row: 0 }],
  ...['ArrowLeft', 'ArrowDown', 'ArrowRight'].map((name, i) => ({ name, column: 4 + i, row: 1 })),
];

/** The tracks from a frame to the next, and which of them agree with the motion, where it was measured: 1 or 0. */
export interface DrawnTracks {
  readonly tracks: Tracks;
  readonly agreeing?: Uint8Array;
}

/** A picture that is drawn on. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  /** uint8 [height, width, 3] */
  readonly rgb: Uint8Array;
}

/**
 * Draws the labels of a frame onto it: the tracks to the next frame as lines, those that do not move with the scene in
 * a colour of their own, the keys that would have been held,
 * and bars for turning (bottom, from the middle) and moving ahead (right edge, from the middle).
 *
 * @param scale pixels of the canvas by pixel of the tracks
 */
export function drawLabels(
  canvas: Canvas,
  { action, keys, confidence }: FrameLabels,
  names: readonly string[],
  { tracks, agreeing }: DrawnTracks,
  scale: number,
): void {
  for (let i = 0; i < tracks.length; i += 4) {
    const [x0, y0, x1, y1] = [tracks[i]!, tracks[i + 1]!, tracks[i + 2]!, tracks[i + 3]!];
    line(
      canvas,
      x0 * scale,
      y0 * scale,
      x1 * scale,
      y1 * scale,
      agreeing?.[i / 4] === 0 ? REJECTED : AGREEING,
    );
  }
  const side = Math.max(6, Math.round(canvas.width / 32));
  const top = canvas.height - 2 * (side + 2) - 8;
  for (const { name, column, row } of KEYS) {
    const [x, y] = [4 + column * (side + 2), top + row * (side + 2)];
    box(canvas, x, y, side, side, keys.includes(name) ? LIT : DARK);
  }
  const [yaw, forward] = ['yaw', 'forward'].map((name) => action[names.indexOf(name)] ?? 0);
  const half = canvas.width / 2;
  const turn = (Math.min(Math.max(yaw!, -3), 3) / 3) * half;
  box(canvas, half + Math.min(0, turn), canvas.height - 4, Math.abs(turn), 4, BLUE);
  const middle = canvas.height / 2;
  const ahead = (Math.min(Math.max(forward!, -3), 3) / 3) * middle;
  box(canvas, canvas.width - 4, middle - Math.max(0, ahead), 4, Math.abs(ahead), BLUE);
  box(canvas, 0, 0, canvas.width * confidence, 2, GREY);
}

function box(canvas: Canvas, x: number, y: number, width: number, height: number, colour: Colour): void {
  for (let row = Math.round(y); row < Math.round(y + height); row++) {
    for (let column = Math.round(x); column < Math.round(x + width); column++)
      dot(canvas, column, row, colour);
  }
}

function line(canvas: Canvas, x0: number, y0: number, x1: number, y1: number, colour: Colour): void {
  const steps = Math.max(1, Math.ceil(Math.max(Math.abs(x1 - x0), Math.abs(y1 - y0))));
  for (let step = 0; step <= steps; step++) {
    const share = step / steps;
    dot(canvas, Math.round(x0 + (x1 - x0) * share), Math.round(y0 + (y1 - y0) * share), colour);
  }
}

function dot({ width, height, rgb }: Canvas, x: number, y: number, colour: Colour): void {
  if (x < 0 || y < 0 || x >= width || y >= height) return;
  rgb.set(colour, (y * width + x) * 3);
}
