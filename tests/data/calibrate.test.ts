import { describe, expect, it } from 'vitest';
import { calibrate } from '../../src/data/egomotion/calibrate.ts';
import { fieldOfView } from '../../src/data/egomotion/lens.ts';
import { seededRandom } from '../../src/data/egomotion/random.ts';
import type { Tracks } from '../../src/data/egomotion/tracker.ts';

const [WIDTH, HEIGHT] = [200, 150];
const [PAIRS, POINTS] = [50, 80];
/** Pixels. */
const NOISE = 0.1;

type Vector = readonly [number, number, number];

/** A lens by the formula of `Lens`, written anew: pixels to angles and back. */
interface Projection {
  direction(x: number, y: number): Vector;
  pixel(point: Vector): [number, number];
}

function projectionOf(degrees: number, curve: number): Projection {
  const half = (degrees * Math.PI) / 360;
  const radiusOf = (angle: number, focal: number): number =>
    curve === 0 ? focal * angle : (focal / curve) * Math.tan(curve * angle);
  const focal = WIDTH / 2 / radiusOf(half, 1);
  return {
    direction(x, y) {
      const [u, v] = [x - (WIDTH - 1) / 2, y - (HEIGHT - 1) / 2];
      const radius = Math.hypot(u, v);
      const angle = curve === 0 ? radius / focal : Math.atan((radius * curve) / focal) / curve;
      return [(u / radius) * Math.sin(angle), (v / radius) * Math.sin(angle), Math.cos(angle)];
    },
    pixel([x, y, z]) {
      const across = Math.hypot(x, y);
      const radius = radiusOf(Math.atan2(across, z), focal);
      return [(x / across) * radius + (WIDTH - 1) / 2, (y / across) * radius + (HEIGHT - 1) / 2];
    },
  };
}

/** A street by the metres of its ground below the camera, its houses to each side and at its end. */
interface Street {
  readonly ground: number;
  readonly sides: number;
  readonly end: number;
}

const STREET: Street = { ground: 1.5, sides: 5, end: 40 };

/** Metres to what a direction meets, which now and then is something that stands before the houses. */
function distanceTo([x, y, z]: Vector, street: Street, random: () => number): number {
  const ground = y > 0 ? street.ground / y : Number.POSITIVE_INFINITY;
  const end = z > 0 ? street.end / z : Number.POSITIVE_INFINITY;
  const houses = Math.min(street.sides / Math.abs(x), end);
  return Math.min(ground, houses * (random() < 0.3 ? 0.3 + 0.7 * random() : 1));
}

/** Pairs of a drive by somebody who looks around; a tenth of the points moves by itself. */
function tracksOf(lens: Projection, turning: number, street = STREET): Tracks[] {
  const random = seededRandom(11);
  const gauss = (): number =>
    Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()) * NOISE;
  return Array.from({ length: PAIRS }, (_, t) => {
    const yaw = turning * Math.sin(t / 5);
    const pitch = 0.1 * turning * Math.sin(t / 3);
    const gaze = 0.3 * Math.sin(t / 7);
    const tracks: number[] = [];
    while (tracks.length < 4 * POINTS) {
      const [x, y] = [random() * WIDTH, random() * HEIGHT];
      const direction = lens.direction(x, y);
      const distance = distanceTo(direction, street, random);
      const [px, py, pz] = [
        direction[0] * distance + 0.3 * Math.sin(gaze),
        direction[1] * distance,
        direction[2] * distance - 0.3 * Math.cos(gaze),
      ];
      const [turnedX, turnedZ] = [
        px * Math.cos(yaw) - pz * Math.sin(yaw),
        px * Math.sin(yaw) + pz * Math.cos(yaw),
      ];
      const after: Vector = [
        turnedX,
        py * Math.cos(pitch) + turnedZ * Math.sin(pitch),
        turnedZ * Math.cos(pitch) - py * Math.sin(pitch),
      ];
      if (after[2] <= 0) continue;
      const [toX, toY] = lens.pixel(after);
      if (toX < 0 || toY < 0 || toX > WIDTH - 1 || toY > HEIGHT - 1) continue;
      const isStranger = random() < 0.1;
      const [movedX, movedY] = isStranger ? [6 * random() - 3, 6 * random() - 3] : [0, 0];
      tracks.push(x, y, toX + movedX + gauss(), toY + movedY + gauss());
    }
    return Float32Array.from(tracks);
  });
}

const LENSES = [
  [50, 1],
  [75, 1],
  [105, 1],
  [110, 0.5],
  [150, 0],
] as const;
const STREETS: [string, Street][] = [
  ['a street', STREET],
  ['a square near whose ground the camera is', { ground: 0.5, sides: 10, end: 40 }],
  ['a landscape so far away that only turns move it', { ground: 200, sides: 400, end: 4000 }],
];

describe.each(STREETS)('calibrate in %s', (_, street) => {
  it.each(LENSES)('finds a lens of %d degrees and curve %d', (degrees, curve) => {
    const { camera, range } = calibrate(tracksOf(projectionOf(degrees, curve), 0.04, street), WIDTH, HEIGHT);
    expect(Math.abs(Math.log(fieldOfView(camera.lens) / degrees))).toBeLessThan(0.07);
    expect(camera.lens.curve).toBe(curve);
    expect(range!.from).toBeLessThanOrEqual(degrees);
    expect(range!.to).toBeGreaterThanOrEqual(degrees);
  });
});

describe('calibrate', () => {
  it('takes a usual lens and leaves it open where nothing turns', () => {
    const { camera, range } = calibrate(tracksOf(projectionOf(110, 1), 0), WIDTH, HEIGHT);
    expect(Math.abs(Math.log(fieldOfView(camera.lens) / 75))).toBeLessThan(0.1);
    expect(range!.from).toBeLessThan(50);
    expect(range!.to).toBeGreaterThan(110);
  });

  it('finds the curve where the field of view is known', () => {
    const { camera, range } = calibrate(tracksOf(projectionOf(115, 0), 0.04), WIDTH, HEIGHT, 115);
    expect(camera.lens.curve).toBe(0);
    expect(fieldOfView(camera.lens)).toBeCloseTo(115, 6);
    expect(range).toBeUndefined();
  });
});
