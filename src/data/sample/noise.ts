/** A hash of integers to 0 … 1 that looks random and is the same everywhere. */
export function hash(x: number, y: number, seed: number): number {
  let mixed = Math.imul(x | 0, 0x27d4eb2d) ^ Math.imul(y | 0, 0x165667b1) ^ Math.imul(seed | 0, 0x1b873593);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x2c1b3c6d);
  mixed = Math.imul(mixed ^ (mixed >>> 12), 0x297a2d39);
  return ((mixed ^ (mixed >>> 15)) >>> 0) / 4294967296;
}

/** Smooth noise over the plane, 0 … 1, with features about one unit wide. */
export function smoothNoise(x: number, y: number, seed: number): number {
  const [cellX, cellY] = [Math.floor(x), Math.floor(y)];
  const [u, v] = [ease(x - cellX), ease(y - cellY)];
  const top = hash(cellX, cellY, seed) * (1 - u) + hash(cellX + 1, cellY, seed) * u;
  const bottom = hash(cellX, cellY + 1, seed) * (1 - u) + hash(cellX + 1, cellY + 1, seed) * u;
  return top * (1 - v) + bottom * v;
}

function ease(t: number): number {
  return t * t * (3 - 2 * t);
}

/** 0 outside, 1 inside of `low … high`, with edges as soft as `blur`, so that far edges do not flicker. */
export function band(x: number, low: number, high: number, blur: number): number {
  return step(x - low, blur) * step(high - x, blur);
}

function step(x: number, blur: number): number {
  const t = x / (2 * blur) + 0.5;
  return Math.min(Math.max(t, 0), 1);
}
