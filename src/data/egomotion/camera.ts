import { z } from 'zod';
import { fieldOfView, type Lens, lensOf } from './lens.ts';
import type { NearnessMap } from './nearnessMap.ts';

/** A camera as the motion estimator knows it: its lens, and where near things are in its picture. */
export interface Camera {
  readonly lens: Lens;
  readonly nearness: NearnessMap;
}

/** A camera as JSON keeps it. */
export const cameraSchema = z.object({
  lens: z.object({ width: z.number(), height: z.number(), focal: z.number(), curve: z.number() }),
  nearness: z.object({ columns: z.number(), rows: z.number(), values: z.array(z.number()) }),
});

/**
 * The same camera at another picture size; where the shape differs, the picture was scaled to cover and cropped
 * in the middle, as `decode` does.
 */
export function resizedCamera(camera: Camera, width: number, height: number): Camera {
  const { lens } = camera;
  const scale = Math.max(width / lens.width, height / lens.height);
  const whole = lensOf(lens.width * scale, lens.height * scale, fieldOfView(lens), lens.curve);
  return { lens: { ...whole, width, height }, nearness: camera.nearness };
}
