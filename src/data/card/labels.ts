import path from 'node:path';
import { asyncBufferFromFile, parquetReadObjects } from 'hyparquet';
import { z } from 'zod';
import { NO_KEYS } from '../actions/keys.ts';
import { tablePath } from '../lerobot/schema.ts';
import type { Dataset, Episode } from '../types.ts';

/** The labels of one frame, normalised as they are trained on. */
export interface FrameLabels {
  readonly action: readonly number[];
  readonly confidence: number;
  readonly keys: readonly string[];
}

const rowSchema = z.object({ action: z.array(z.number()), confidence: z.number(), keys: z.string() });

/** Reads the labels of an episode. */
export async function readLabels({ folder }: Dataset, { index }: Episode): Promise<FrameLabels[]> {
  const file = await asyncBufferFromFile(path.join(folder, tablePath(index)));
  const rows = await parquetReadObjects({ file, columns: ['action', 'confidence', 'keys'] });
  return z
    .array(rowSchema)
    .parse(rows)
    .map(({ keys, ...rest }) => ({ ...rest, keys: keys === NO_KEYS ? [] : keys.split('+') }));
}
