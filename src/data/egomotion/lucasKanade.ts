import { type Level, MARGIN } from './pyramid.ts';

/** Pixels to each side of a point that are compared. */
const REACH = 5;
const SIDE = 2 * REACH + 1;
/** The window with one more pixel around it, for its slopes. */
const OUTER = SIDE + 2;
/** A point is followed for at most so many steps. */
const MOST_STEPS = 10;
/** Where the smaller eigenvalue of the structure tensor by pixel is below this, there is nothing to hold on to. */
const LEAST_STRUCTURE = 0.5;

const window = new Float64Array(OUTER * OUTER);
const slopesX = new Float64Array(SIDE * SIDE);
const slopesY = new Float64Array(SIDE * SIDE);
const inner = new Float64Array(SIDE * SIDE);
const misfit = new Float64Array(2);

/**
 * Follows a point from one picture to the next with Lucas–Kanade (1981), over windows of eleven by eleven pixels: brings
 * a guess to where the window around it looks most like that of the point.
 *
 * @param x where the point is in the first picture, in pixels
 * @param guess x and y of where it may be in the second, not far away, and afterwards of where it is
 * @param shortest it is there when a step is this short, in pixels
 * @returns whether it could be followed; where not, `guess` is as it was
 */
export function followPoint(
  from: Level,
  to: Level,
  x: number,
  y: number,
  guess: Float64Array,
  shortest: number,
): boolean {
  if (!isInside(from, x, y)) return false;
  sample(from, x, y);
  const outer = window;
  const values = inner;
  const alongX = slopesX;
  const alongY = slopesY;
  let xx = 0;
  let xy = 0;
  let yy = 0;
  for (let row = 0, i = 0; row < SIDE; row++) {
    let at = (row + 1) * OUTER + 1;
    let left = outer[at - 1]!;
    let value = outer[at]!;
    for (let column = 0; column < SIDE; column++, at++, i++) {
      const right = outer[at + 1]!;
      const dx = (right - left) / 2;
      const dy = (outer[at + OUTER]! - outer[at - OUTER]!) / 2;
      values[i] = value;
      alongX[i] = dx;
      alongY[i] = dy;
      xx += dx * dx;
      xy += dx * dy;
      yy += dy * dy;
      left = value;
      value = right;
    }
  }
  const smaller = (xx + yy - Math.sqrt((xx - yy) * (xx - yy) + 4 * xy * xy)) / 2;
  if (smaller < LEAST_STRUCTURE * SIDE * SIDE) return false;
  const determinant = xx * yy - xy * xy;
  let gx = guess[0]!;
  let gy = guess[1]!;
  for (let step = 0; step < MOST_STEPS; step++) {
    if (!isInside(to, gx, gy)) return false;
    compare(to, gx, gy);
    const bx = misfit[0]!;
    const by = misfit[1]!;
    const dx = (yy * bx - xy * by) / determinant;
    const dy = (xx * by - xy * bx) / determinant;
    gx += dx;
    gy += dy;
    if (dx * dx + dy * dy < shortest * shortest) break;
  }
  if (!isInside(to, gx, gy)) return false;
  guess[0] = gx;
  guess[1] = gy;
  return true;
}

function isInside({ width, height }: Level, x: number, y: number): boolean {
  return x > -1 && y > -1 && x < width && y < height;
}

/** Weighs what `inner` and the window around a place differ by with the slopes, into `misfit`. */
function compare(level: Level, x: number, y: number): void {
  const values = inner;
  const alongX = slopesX;
  const alongY = slopesY;
  const pixels = level.pixels;
  const stride = level.stride;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const down = y - top;
  let bx = 0;
  let by = 0;
  let at = (top - REACH + MARGIN) * stride + left - REACH + MARGIN;
  let i = 0;
  for (let row = 0; row < SIDE; row++) {
    let below = at + stride;
    let upper = pixels[at]!;
    let before = upper + down * (pixels[below]! - upper);
    for (let column = 0; column < SIDE; column++) {
      at++;
      below++;
      upper = pixels[at]!;
      const value = upper + down * (pixels[below]! - upper);
      const difference = values[i]! - before - right * (value - before);
      bx += difference * alongX[i]!;
      by += difference * alongY[i]!;
      before = value;
      i++;
    }
    at += stride - SIDE;
  }
  misfit[0] = bx;
  misfit[1] = by;
}

/** Fills `window` with the pixels around a place, interpolated. */
function sample(level: Level, x: number, y: number): void {
  const outer = window;
  const pixels = level.pixels;
  const stride = level.stride;
  const left = Math.floor(x);
  const top = Math.floor(y);
  const right = x - left;
  const down = y - top;
  let at = (top - REACH - 1 + MARGIN) * stride + left - REACH - 1 + MARGIN;
  let i = 0;
  for (let row = 0; row < OUTER; row++) {
    let below = at + stride;
    let upper = pixels[at]!;
    let before = upper + down * (pixels[below]! - upper);
    for (let column = 0; column < OUTER; column++) {
      at++;
      below++;
      upper = pixels[at]!;
      const value = upper + down * (pixels[below]! - upper);
      outer[i] = before + right * (value - before);
      before = value;
      i++;
    }
    at += stride - OUTER;
  }
}
