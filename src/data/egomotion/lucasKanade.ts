import { type Level, MARGIN } from './pyramid.ts';

/** Pixels to each side of a point that are compared. */
const REACH = 5;
const SIDE = 2 * REACH + 1;
/** The window with one more pixel around it, for its slopes. */
const OUTER = SIDE + 2;
/** A point is followed for at most so many steps at a level, or until a step is this short, in pixels. */
const MOST_STEPS = 10;
const SHORTEST_STEP = 0.03;
/** Coarse levels only have to bring a point near enough for the next. */
const SHORTEST_COARSE_STEP = 0.1;
/** Where the smaller eigenvalue of the structure tensor by pixel is below this, there is nothing to hold on to. */
const LEAST_STRUCTURE = 0.5;

const window = new Float32Array(OUTER * OUTER);
const slopesX = new Float32Array(SIDE * SIDE);
const slopesY = new Float32Array(SIDE * SIDE);
const inner = new Float32Array(SIDE * SIDE);
const misfit = new Float64Array(2);

/**
 * Follows a point from one picture to the next with pyramidal Lucas–Kanade (Bouguet, 2000), over windows of eleven by
 * eleven pixels.
 *
 * @param from levels of the first picture, the full size first; as many as are to be used
 * @param to levels of the second picture
 * @param x where the point is in the first picture, in pixels of the full size
 * @param guess x and y of where it may be in the second, and afterwards of where it is
 * @returns whether it could be followed
 */
export function followPoint(
  from: readonly Level[],
  to: readonly Level[],
  x: number,
  y: number,
  guess: Float64Array,
): boolean {
  let [flowX, flowY] = [guess[0]! - x, guess[1]! - y];
  for (let k = from.length - 1; k >= 0; k--) {
    const scale = 1 / 2 ** k;
    const px = (x + 0.5) * scale - 0.5;
    const py = (y + 0.5) * scale - 0.5;
    guess[0] = px + flowX * scale;
    guess[1] = py + flowY * scale;
    const found = settle(from[k]!, to[k]!, px, py, guess, k === 0 ? SHORTEST_STEP : SHORTEST_COARSE_STEP);
    if (k === 0) return found;
    if (!found) continue;
    flowX = (guess[0] - px) / scale;
    flowY = (guess[1] - py) / scale;
  }
  return false;
}

/** Brings a guess at one level to where the window around it looks most like that of the point. */
function settle(
  from: Level,
  to: Level,
  px: number,
  py: number,
  guess: Float64Array,
  shortest: number,
): boolean {
  if (!isInside(from, px, py)) return false;
  sample(from, px, py);
  let [xx, xy, yy] = [0, 0, 0];
  for (let row = 0, i = 0; row < SIDE; row++) {
    let at = (row + 1) * OUTER + 1;
    for (let column = 0; column < SIDE; column++, at++, i++) {
      const dx = (window[at + 1]! - window[at - 1]!) / 2;
      const dy = (window[at + OUTER]! - window[at - OUTER]!) / 2;
      inner[i] = window[at]!;
      slopesX[i] = dx;
      slopesY[i] = dy;
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
    }
  }
  const smaller = (xx + yy - Math.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy)) / 2;
  if (smaller < LEAST_STRUCTURE * SIDE * SIDE) return false;
  const determinant = xx * yy - xy * xy;
  let [gx, gy] = [guess[0]!, guess[1]!];
  for (let step = 0; step < MOST_STEPS; step++) {
    if (!isInside(to, gx, gy)) return false;
    compare(to, gx, gy);
    const [bx, by] = [misfit[0]!, misfit[1]!];
    const dx = (yy * bx - xy * by) / determinant;
    const dy = (xx * by - xy * bx) / determinant;
    gx += dx;
    gy += dy;
    if (dx * dx + dy * dy < shortest * shortest) break;
  }
  guess[0] = gx;
  guess[1] = gy;
  return isInside(to, gx, gy);
}

function isInside({ width, height }: Level, x: number, y: number): boolean {
  return x > -1 && y > -1 && x < width && y < height;
}

/** Weighs what `inner` and the window around a place differ by with the slopes, into `misfit`. */
function compare({ stride, pixels }: Level, x: number, y: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  let [bx, by] = [0, 0];
  let at = (top - REACH + MARGIN) * stride + left - REACH + MARGIN;
  for (let row = 0, i = 0; row < SIDE; row++, at += stride - SIDE) {
    let before = pixels[at]! + down * (pixels[at + stride]! - pixels[at]!);
    for (const end = i + SIDE; i < end; i++) {
      at++;
      const upper = pixels[at]!;
      const value = upper + down * (pixels[at + stride]! - upper);
      const difference = inner[i]! - before - right * (value - before);
      bx += difference * slopesX[i]!;
      by += difference * slopesY[i]!;
      before = value;
    }
  }
  misfit[0] = bx;
  misfit[1] = by;
}

/** Fills `window` with the pixels around a place, interpolated. */
function sample({ stride, pixels }: Level, x: number, y: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  let at = (top - REACH - 1 + MARGIN) * stride + left - REACH - 1 + MARGIN;
  for (let row = 0, i = 0; row < OUTER; row++, at += stride - OUTER) {
    let before = pixels[at]! + down * (pixels[at + stride]! - pixels[at]!);
    for (let column = 0; column < OUTER; column++, i++) {
      at++;
      const upper = pixels[at]!;
      const value = upper + down * (pixels[at + stride]! - upper);
      window[i] = before + right * (value - before);
      before = value;
    }
  }
}
