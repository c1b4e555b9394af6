import path from 'node:path';
import { z } from 'zod';
import type { Camera } from '../../data/egomotion/camera.ts';
import { canonicalNearness } from '../../data/egomotion/nearnessMap.ts';
import { readIfThere } from '../../data/fileSystem.ts';
import { lensOf } from '../../data/index.ts';
import { INFO_FILE } from '../../data/lerobot/schema.ts';
import type { Dataset } from '../../data/types.ts';
import { UserError } from '../../errors.ts';

/** Horizontal field of view in degrees that is assumed when a dataset does not say. */
const ASSUMED_FIELD_OF_VIEW = 65;

const infoSchema = z.looseObject({
  reverie: z.looseObject({
    camera: z
      .object({
        lens: z.object({ width: z.number(), height: z.number(), focal: z.number(), curve: z.number() }),
        nearness: z.object({ columns: z.number(), rows: z.number(), values: z.array(z.number()) }),
      })
      .optional(),
  }),
});

/**
 * The camera that filmed a dataset, as it was calibrated when the footage was labelled. Where the dataset does
 * not say, a common lens over the canonical scene: correlations stay right, angles may be off by a factor.
 *
 * @throws UserError when the dataset's description is damaged
 */
export async function cameraOf({ folder, info }: Dataset): Promise<Camera> {
  const file = path.join(folder, INFO_FILE);
  const text = await readIfThere(file);
  const parsed = text === undefined ? undefined : infoSchema.safeParse(JSON.parse(text));
  if (parsed !== undefined && !parsed.success) {
    throw new UserError(`${file} is damaged (reverie.camera)`, 'run `reverie ingest` again for this folder');
  }
  const camera = parsed?.data.reverie.camera;
  if (camera !== undefined) return camera;
  const lens = lensOf(info.width, info.height, ASSUMED_FIELD_OF_VIEW, 1);
  return { lens, nearness: canonicalNearness(lens) };
}
