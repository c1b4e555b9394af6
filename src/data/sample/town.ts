import { band, hash, smoothNoise } from './noise.ts';

/** A town of square blocks: cells of ten metres, every third row and column is a street. */
export const CELL = 10;
export const BLOCK = 3;
/** Streets in each direction. */
export const STREETS = 4;
export const EYE_HEIGHT = 1.6;

const LAST = BLOCK * (STREETS - 1);
const SIDEWALK = 2.2;
const POST_RADIUS = 0.22;
const POST_HEIGHT = 3.4;
const FOG_METRES = 130;

/** Whether a cell is street; everything else is built on, the surroundings of the town too. */
export function isStreet(column: number, row: number): boolean {
  const inside = column >= 0 && row >= 0 && column <= LAST && row <= LAST;
  return inside && (column % BLOCK === 0 || row % BLOCK === 0);
}

/**
 * The colour that a ray sees.
 *
 * The world is x to the east, y down with the ground at 0, z to the north; metres.
 *
 * @param out red, green and blue, 0 … 255
 * @param footprint width of a pixel at one metre, to soften what is far
 */
export function castRay(
  seed: number,
  eye: readonly [number, number, number],
  dx: number,
  dy: number,
  dz: number,
  footprint: number,
  out: Float64Array,
): void {
  const ground = dy > 1e-6 ? -eye[1] / dy : Number.POSITIVE_INFINITY;
  let column = Math.floor(eye[0] / CELL + 0.5);
  let row = Math.floor(eye[2] / CELL + 0.5);
  const [stepX, stepZ] = [dx > 0 ? 1 : -1, dz > 0 ? 1 : -1];
  const [perX, perZ] = [CELL / Math.max(Math.abs(dx), 1e-9), CELL / Math.max(Math.abs(dz), 1e-9)];
  const nextX = (column + stepX / 2) * CELL;
  const nextZ = (row + stepZ / 2) * CELL;
  let untilX = Math.abs(dx) < 1e-9 ? Number.POSITIVE_INFINITY : (nextX - eye[0]) / dx;
  let untilZ = Math.abs(dz) < 1e-9 ? Number.POSITIVE_INFINITY : (nextZ - eye[2]) / dz;
  for (let hops = 0; hops < 40; hops++) {
    const leave = Math.min(untilX, untilZ);
    const post = isStreet(column, row) ? castPost(seed, eye, dx, dy, dz, column, row) : undefined;
    if (post !== undefined && post.distance < Math.min(leave, ground)) {
      paintPost(post, out);
      fog(out, post.distance, dy);
      return;
    }
    if (ground < leave) {
      // A grazing view of the ground covers more of it with a pixel than a head-on view.
      const blur = ground * footprint * Math.min(1 / dy, 12);
      paintGround(seed, eye[0] + dx * ground, eye[2] + dz * ground, blur, out);
      fog(out, ground, dy);
      return;
    }
    const acrossX = untilX < untilZ;
    if (acrossX) {
      column += stepX;
      untilX += perX;
    } else {
      row += stepZ;
      untilZ += perZ;
    }
    if (isStreet(column, row)) continue;
    const height = -(eye[1] + dy * leave);
    if (height > roofHeight(seed, column, row)) continue;
    const along = acrossX
      ? eye[2] + dz * leave - (row - 0.5) * CELL
      : eye[0] + dx * leave - (column - 0.5) * CELL;
    paintFacade(seed, column, row, acrossX ? stepX : 2 * stepZ, along, height, leave * footprint, out);
    fog(out, leave, dy);
    return;
  }
  paintSky(seed, dx, dy, dz, out);
}

function roofHeight(seed: number, column: number, row: number): number {
  return 6.4 + 3.2 * Math.floor(hash(column, row, seed + 1) * 3.5);
}

interface PostHit {
  readonly distance: number;
  readonly height: number;
  readonly facing: number;
  readonly kind: number;
}

/** One post stands on the sidewalk of most cells, always at the same place. */
function castPost(
  seed: number,
  eye: readonly [number, number, number],
  dx: number,
  dy: number,
  dz: number,
  column: number,
  row: number,
): PostHit | undefined {
  const kind = hash(column, row, seed + 2);
  if (kind < 0.25) return undefined;
  const cornerX = hash(column, row, seed + 3) < 0.5 ? -1 : 1;
  const cornerZ = hash(column, row, seed + 4) < 0.5 ? -1 : 1;
  const away = CELL / 2 - SIDEWALK / 2;
  const x = column * CELL + cornerX * away - eye[0];
  const z = row * CELL + cornerZ * away - eye[2];
  const a = dx * dx + dz * dz;
  const b = dx * x + dz * z;
  const root = b * b - a * (x * x + z * z - POST_RADIUS ** 2);
  if (root < 0) return undefined;
  const distance = (b - Math.sqrt(root)) / a;
  const height = -(eye[1] + dy * distance);
  if (distance < 0.05 || height < 0 || height > POST_HEIGHT) return undefined;
  return { distance, height, facing: (dx * distance - x) / POST_RADIUS, kind };
}

function paintPost({ height, facing, kind }: PostHit, out: Float64Array): void {
  const light = 0.75 + 0.25 * facing;
  const stripe = Math.floor(height / 0.55) % 2 === 0;
  if (kind > 0.7) set(out, stripe ? 215 : 205, stripe ? 60 : 205, stripe ? 50 : 200, light);
  else if (kind > 0.45) set(out, 60, stripe ? 110 : 95, 70, light);
  else set(out, stripe ? 235 : 60, stripe ? 190 : 60, 50, light);
}

function paintGround(seed: number, x: number, z: number, blur: number, out: Float64Array): void {
  const column = Math.floor(x / CELL + 0.5);
  const row = Math.floor(z / CELL + 0.5);
  const u = x - column * CELL;
  const v = z - row * CELL;
  const edge = CELL / 2 - SIDEWALK;
  const openX = isStreet(column - 1, row) && isStreet(column + 1, row);
  const openZ = isStreet(column, row - 1) && isStreet(column, row + 1);
  const west = !isStreet(column - 1, row) && u < -edge;
  const east = !isStreet(column + 1, row) && u > edge;
  const south = !isStreet(column, row - 1) && v < -edge;
  const north = !isStreet(column, row + 1) && v > edge;
  const corner = Math.abs(u) > edge && Math.abs(v) > edge;
  const grain = smoothNoise(x * 3, z * 3, seed + 5) * Math.max(0, 1 - blur * 4);
  const patch = smoothNoise(x / 2.7, z / 2.7, seed + 6);
  if (west || east || south || north || corner) {
    const tile = band(mod(x, 1.1), 0.06, 1.04, blur + 0.02) * band(mod(z, 1.1), 0.06, 1.04, blur + 0.02);
    const faded = 1 - Math.min(1, blur * 2) * 0.6;
    set(out, 164, 158, 148, 0.82 + 0.14 * patch + 0.12 * (tile - 1) * faded + 0.05 * grain);
    return;
  }
  set(out, 78, 80, 86, 0.86 + 0.22 * patch + 0.12 * grain);
  const along = openZ && !openX ? v : u;
  const across = openZ && !openX ? u : v;
  if (openX !== openZ) {
    const dash = band(across, -0.12, 0.12, blur + 0.02) * band(mod(along, 5), 1, 4, blur + 0.05);
    mix(out, 236, 214, 110, dash);
    mix(out, 225, 225, 222, band(Math.abs(across), edge - 0.35, edge - 0.2, blur + 0.02));
  } else {
    const stripes = band(mod(u, 1.2), 0, 0.6, blur + 0.03) * band(Math.abs(v), 3.2, 4.6, blur + 0.03);
    mix(out, 222, 222, 218, stripes * 0.85);
  }
}

const PALETTE = [
  [196, 132, 96],
  [214, 190, 150],
  [150, 168, 176],
  [190, 92, 78],
  [226, 206, 120],
  [136, 156, 120],
  [176, 150, 176],
  [222, 216, 206],
] as const;

function paintFacade(
  seed: number,
  column: number,
  row: number,
  side: number,
  along: number,
  height: number,
  blur: number,
  out: Float64Array,
): void {
  const face = (column * 31 + row * 17) * 8 + side;
  const colour = PALETTE[Math.floor(hash(column, row, seed + 7) * PALETTE.length)] ?? PALETTE[0];
  const light = side === 1 ? 0.78 : side === -1 ? 0.92 : side === 2 ? 0.7 : 1;
  const stain = smoothNoise(along / 2 + face, height / 2, seed + 8);
  const bricks = band(mod(height, 0.5), 0.05, 0.46, blur + 0.03) * Math.max(0, 1 - blur * 6);
  set(out, colour[0], colour[1], colour[2], light * (0.84 + 0.16 * stain + 0.06 * bricks));
  const storey = Math.floor(height / 3.2);
  if (storey === 0) paintShop(seed, face, along, height, blur, light, out);
  else paintWindows(seed, face, storey, along, height, blur, light, out);
  mix(out, 60, 52, 48, 0.55 * band(height, -1, 0.35, blur + 0.02));
  mix(out, 240, 236, 226, 0.6 * band(mod(height, 3.2), 3.0, 3.2, blur + 0.02));
}

function paintWindows(
  seed: number,
  face: number,
  storey: number,
  along: number,
  height: number,
  blur: number,
  light: number,
  out: Float64Array,
): void {
  const width = hash(face, 1, seed + 9) < 0.5 ? 2.5 : CELL / 3;
  const bay = Math.floor(along / width);
  const u = mod(along, width);
  const v = height - storey * 3.2;
  const frame = band(u, 0.5, width - 0.5, blur + 0.02) * band(v, 0.7, 2.5, blur + 0.02);
  mix(out, 240 * light, 238 * light, 230 * light, frame);
  const pane = band(u, 0.62, width - 0.62, blur + 0.02) * band(v, 0.82, 2.38, blur + 0.02);
  const lit = hash(face * 7 + bay, storey, seed + 10);
  if (lit > 0.8) mix(out, 250, 214, 130, pane);
  else mix(out, 60 + 50 * v * lit, 80 + 55 * v * lit, 105 + 50 * v * lit, pane);
}

function paintShop(
  seed: number,
  face: number,
  along: number,
  height: number,
  blur: number,
  light: number,
  out: Float64Array,
): void {
  const tint = PALETTE[Math.floor(hash(face, 2, seed + 11) * PALETTE.length)] ?? PALETTE[0];
  const door = 1.5 + hash(face, 3, seed + 12) * 6;
  mix(
    out,
    70 * light,
    84 * light,
    96 * light,
    band(along, 0.8, 9.2, blur + 0.02) * band(height, 0.7, 2.2, blur + 0.02),
  );
  mix(
    out,
    tint[0] * 0.5,
    tint[1] * 0.5,
    tint[2] * 0.6,
    band(along, door, door + 1.2, blur) * band(height, -1, 2.2, blur),
  );
  const awning = band(along, 0.6, 9.4, blur + 0.02) * band(height, 2.25, 2.85, blur + 0.02);
  const stripe = band(mod(along, 1), 0, 0.5, blur + 0.02);
  mix(out, tint[0] * light, tint[1] * light, tint[2] * light, awning);
  if (hash(face, 4, seed + 13) > 0.4) mix(out, 245 * light, 240 * light, 232 * light, awning * stripe);
}

function paintSky(seed: number, dx: number, dy: number, dz: number, out: Float64Array): void {
  const up = Math.max(0, -dy);
  set(out, 190 - 90 * up, 214 - 60 * up, 238 - 20 * up, 1);
  // Clouds lie on a plane high above, so they have no seam and recede towards the horizon.
  const u = dx / (up + 0.25);
  const v = dz / (up + 0.25);
  const cloud = smoothNoise(u * 2.2, v * 2.2, seed + 14) * 0.65 + smoothNoise(u * 6, v * 6, seed + 15) * 0.35;
  mix(out, 250, 250, 248, Math.min(1, Math.max(0, cloud - 0.45) * 3));
}

function fog(out: Float64Array, distance: number, dy: number): void {
  const up = Math.max(0, -dy);
  mix(out, 190 - 90 * up, 214 - 60 * up, 238 - 20 * up, 1 - Math.exp(-distance / FOG_METRES));
}

function set(out: Float64Array, red: number, green: number, blue: number, light: number): void {
  out[0] = red * light;
  out[1] = green * light;
  out[2] = blue * light;
}

function mix(out: Float64Array, red: number, green: number, blue: number, share: number): void {
  out[0]! += (red - out[0]!) * share;
  out[1]! += (green - out[1]!) * share;
  out[2]! += (blue - out[2]!) * share;
}

function mod(x: number, period: number): number {
  return x - Math.floor(x / period) * period;
}
