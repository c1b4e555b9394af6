import { seededRandom } from '../egomotion/random.ts';
import { smoothNoise } from './noise.ts';
import { BLOCK, CELL, EYE_HEIGHT, STREETS } from './town.ts';

/** Where the camera is and how it is turned. */
export interface Pose {
  /** East, down, north in metres; the ground is at 0. */
  readonly position: readonly [number, number, number];
  /** Camera to world, row-major: columns are the camera's right, down and forward. */
  readonly rotation: readonly number[];
}

const CORNER_RADIUS = 5;
const SPEED = 6;
const CORNER_SPEED = 3.6;
const STOP_EVERY_SECONDS = 18;
const STOP_SECONDS = 2.5;
const STREET_STEP = CELL * BLOCK;
const FINE = 0.1;

/**
 * A drive through the town: a random walk over its streets with rounded corners, speed that rises and falls,
 * stops, a little weaving, and a camera that looks around. Smooth, and fully determined by the seed.
 *
 * @param gaze how far the camera looks around: 1 like somebody who holds it, 0 like one that is screwed on
 */
export function drive(seconds: number, fps: number, seed: number, gaze = 1): Pose[] {
  const frames = Math.round(seconds * fps);
  const centre = centreLine(seconds * SPEED + 2 * STREET_STEP, seed);
  const travelled = distances(centre, frames, fps, seed);
  const along = (t: number, k: 0 | 1 | 2): number => {
    const at = travelled[t]! / FINE;
    const below = Math.min(Math.floor(at), centre.length - 2);
    return centre[below]![k] + (centre[below + 1]![k] - centre[below]![k]) * (at - below);
  };
  const heading = smoothed(
    Array.from({ length: frames }, (_, t) => along(t, 2)),
    fps * 0.25,
  );
  const east = smoothed(
    Array.from({ length: frames }, (_, t) => along(t, 0)),
    fps * 0.25,
  );
  const north = smoothed(
    Array.from({ length: frames }, (_, t) => along(t, 1)),
    fps * 0.25,
  );
  const wobble = (t: number, period: number, channel: number): number =>
    gaze * (2 * smoothNoise(t / fps / period, channel, seed + 100) - 1);
  return Array.from({ length: frames }, (_, t) => {
    const aside = 0.9 * (2 * smoothNoise(travelled[t]! / 25, 9, seed + 101) - 1);
    const yaw = heading[t]! + 0.3 * wobble(t, 3, 0);
    return {
      position: [
        east[t]! + aside * Math.cos(heading[t]!),
        -EYE_HEIGHT,
        north[t]! - aside * Math.sin(heading[t]!),
      ],
      rotation: rotationOf(yaw, 0.05 * wobble(t, 2.5, 1), 0.02 * wobble(t, 2, 2)),
    };
  });
}

/** East, north and heading (clockwise from north, unwrapped) every ten centimetres. */
function centreLine(metres: number, seed: number): [number, number, number][] {
  const random = seededRandom(seed);
  const points: [number, number, number][] = [];
  let [column, row] = [1, 0];
  let direction = 0;
  let heading = 0;
  const ahead = (turn: number): [number, number] => {
    const towards = (((direction + turn) % 4) + 4) % 4;
    return [[0, 1, 0, -1][towards]!, [1, 0, -1, 0][towards]!];
  };
  const free = (turn: number): boolean => {
    const [x, z] = ahead(turn);
    return column + x >= 0 && column + x < STREETS && row + z >= 0 && row + z < STREETS;
  };
  while (points.length * FINE < metres) {
    const [x, z] = ahead(0);
    const [fromX, fromZ] = [column * STREET_STEP + x * CORNER_RADIUS, row * STREET_STEP + z * CORNER_RADIUS];
    for (let s = 0; s < STREET_STEP - 2 * CORNER_RADIUS; s += FINE) {
      points.push([fromX + x * s, fromZ + z * s, heading]);
    }
    column += x;
    row += z;
    const turns = [-1, 0, 1].filter(free);
    const turn = turns[Math.floor(random() * turns.length)] ?? 1;
    const [startX, startZ] = [
      column * STREET_STEP - x * CORNER_RADIUS,
      row * STREET_STEP - z * CORNER_RADIUS,
    ];
    const length = turn === 0 ? 2 * CORNER_RADIUS : (CORNER_RADIUS * Math.PI) / 2;
    for (let s = 0; s < length; s += FINE) {
      const angle = (turn * s) / CORNER_RADIUS;
      const forward = turn === 0 ? s : CORNER_RADIUS * Math.sin(Math.abs(angle));
      const sideways = turn === 0 ? 0 : turn * CORNER_RADIUS * (1 - Math.cos(angle));
      points.push([
        startX + x * forward + z * sideways,
        startZ + z * forward - x * sideways,
        heading + angle,
      ]);
    }
    heading += (turn * Math.PI) / 2;
    direction += turn;
  }
  return points;
}

/** Metres from the start at each frame. */
function distances(
  centre: readonly (readonly [number, number, number])[],
  frames: number,
  fps: number,
  seed: number,
): number[] {
  const speeds: number[] = [];
  let at = 0;
  for (let t = 0; t < frames; t++) {
    const seconds = t / fps;
    const i = Math.min(Math.floor((at + 2) / FINE), centre.length - 12);
    const bending = Math.abs(centre[i + 10]![2] - centre[i]![2]) > 0.01;
    const stopped = seconds % STOP_EVERY_SECONDS > STOP_EVERY_SECONDS - STOP_SECONDS;
    const mood = 0.75 + 0.5 * smoothNoise(seconds / 5, 3, seed + 102);
    speeds.push(stopped ? 0 : bending ? CORNER_SPEED : SPEED * mood);
    at += speeds[t]! / fps;
  }
  const gentle = smoothed(speeds, fps * 0.35);
  let metres = 0;
  return gentle.map((speed) => {
    const here = metres;
    metres += speed < 0.02 ? 0 : speed / fps;
    return here;
  });
}

/** A Gaussian average over time; the ends repeat. */
function smoothed(values: readonly number[], sigma: number): number[] {
  const reach = Math.ceil(3 * sigma);
  const weights = Array.from({ length: 2 * reach + 1 }, (_, i) =>
    Math.exp(-0.5 * ((i - reach) / sigma) ** 2),
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values.map((_, t) => {
    let sum = 0;
    for (let k = -reach; k <= reach; k++) {
      sum += weights[k + reach]! * values[Math.min(Math.max(t + k, 0), values.length - 1)]!;
    }
    return sum / total;
  });
}

/** Camera to world for a camera that turns right by yaw, then up by pitch, then clockwise by roll. */
function rotationOf(yaw: number, pitch: number, roll: number): number[] {
  const [cy, sy] = [Math.cos(yaw), Math.sin(yaw)];
  const [cp, sp] = [Math.cos(pitch), Math.sin(pitch)];
  const [cr, sr] = [Math.cos(roll), Math.sin(roll)];
  const right = [cy, 0, -sy];
  const down = [sy * sp, cp, cy * sp];
  const forward = [sy * cp, -sp, cy * cp];
  const rolledRight = right.map((value, i) => cr * value + sr * down[i]!);
  const rolledDown = right.map((value, i) => -sr * value + cr * down[i]!);
  return [0, 1, 2].flatMap((i) => [rolledRight[i]!, rolledDown[i]!, forward[i]!]);
}
