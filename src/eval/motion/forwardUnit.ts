import { MOTIONS } from '../../world/manifest.ts';
import type { Driven } from '../types.ts';
import { alignedMotion } from './alignment.ts';
import type { Projection } from './cameraFields.ts';

const FORWARD = MOTIONS.indexOf('forward');

/**
 * How far `alignedMotion` sees the camera go where the dataset says one unit: a single camera cannot tell lengths, so
 * each estimator has a unit of its own. The ratio of the mean speeds in real footage; 1 where nothing moves.
 *
 * @param footage real frames with their labels
 */
export function forwardUnit(footage: readonly Driven[], lens: Projection): number {
  let [seen, told] = [0, 0];
  for (const sequence of footage) {
    for (const [t, { forward }] of alignedMotion(sequence, lens).entries()) {
      seen += forward;
      told += sequence.commanded[MOTIONS.length * t + FORWARD]!;
    }
  }
  return seen > 0 && told > 0 ? seen / told : 1;
}
