import { type Random, seededRandom } from '../random.ts';
import type { Drawn } from './loop.ts';
import type { Batch } from './step.ts';

/** Batches that a held-out loss is the mean of. */
const COUNT = 4;
const SEED = 77;

/** The same few batches whenever it is called. */
export async function heldOutBatches(sample: (random: Random) => Promise<Drawn>): Promise<Batch[]> {
  const random = seededRandom(SEED);
  const batches: Batch[] = [];
  while (batches.length < COUNT) batches.push((await sample(random)).batch);
  return batches;
}
