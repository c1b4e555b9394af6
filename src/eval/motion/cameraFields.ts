import type { Motion } from '../../world/manifest.ts';

/** The dimensions that whole-picture alignment can see. */
export const ALIGNED_MOTIONS = ['forward', 'yaw', 'pitch', 'roll'] as const satisfies readonly Motion[];

/** How a lens maps the angle from its axis to pixels: radius = (focal / curve) · tan(curve · angle). */
export interface Projection {
  readonly width: number;
  readonly height: number;
  /** Pixels per radian on the axis. */
  readonly focal: number;
  /** 1 is the pinhole, 0 the equidistant fisheye. */
  readonly curve: number;
}

type Direction = readonly [x: number, y: number, z: number];

/** Nearness (1 / distance) of what is not floor, where the floor is one unit below the camera. */
const BACKGROUND = 0.15;
/** A motion small enough that the field is its derivative, large enough for the difference to be exact. */
const SMALL = 1e-4;

/**
 * Which way each pixel goes when the camera moves one unit in one dimension, float64 [4, height, width, 2] in the
 * order of `ALIGNED_MOTIONS`, for a scene of a floor one unit below the camera and a far background. Radians for the
 * turns; `forward` in heights of the camera above the floor.
 */
export function cameraFields(lens: Projection): Float64Array {
  const { width, height } = lens;
  const fields = new Float64Array(ALIGNED_MOTIONS.length * height * width * 2);
  let at = 0;
  for (const motion of ALIGNED_MOTIONS) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const seen = directionAt(lens, x, y);
        const [px, py] = pixelAt(lens, moved(seen, motion, SMALL));
        const [qx, qy] = pixelAt(lens, moved(seen, motion, -SMALL));
        fields[at] = (px - qx) / (2 * SMALL);
        fields[at + 1] = (py - qy) / (2 * SMALL);
        at += 2;
      }
    }
  }
  return fields;
}

/** Where a scene point that was seen in a direction stands after the camera has moved. */
function moved([x, y, z]: Direction, motion: (typeof ALIGNED_MOTIONS)[number], amount: number): Direction {
  const [sine, cosine] = [Math.sin(amount), Math.cos(amount)];
  switch (motion) {
    case 'forward':
      return [x, y, z - amount * Math.hypot(Math.max(y, 0), BACKGROUND)];
    case 'yaw':
      return [x * cosine - z * sine, y, x * sine + z * cosine];
    case 'pitch':
      return [x, y * cosine + z * sine, z * cosine - y * sine];
    case 'roll':
      return [x * cosine + y * sine, y * cosine - x * sine, z];
  }
}

function directionAt({ width, height, focal, curve }: Projection, px: number, py: number): Direction {
  const [x, y] = [px - (width - 1) / 2, py - (height - 1) / 2];
  const radius = Math.hypot(x, y);
  if (radius === 0) return [0, 0, 1];
  const angle = curve === 0 ? radius / focal : Math.atan((radius * curve) / focal) / curve;
  const across = Math.sin(angle) / radius;
  return [x * across, y * across, Math.cos(angle)];
}

function pixelAt({ width, height, focal, curve }: Projection, [x, y, z]: Direction): [number, number] {
  const off = Math.hypot(x, y);
  const angle = Math.atan2(off, z);
  const radius = curve === 0 ? focal * angle : (focal / curve) * Math.tan(curve * angle);
  const stretch = off === 0 ? 0 : radius / off;
  return [(width - 1) / 2 + x * stretch, (height - 1) / 2 + y * stretch];
}
