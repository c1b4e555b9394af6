import type { WorldManifest } from './manifest.ts';

/**
 * How much of a dimension of the action comes with one unit of a driven one, by the key that drives it most: a camera
 * that looks down a little also rises as it drives ahead.
 *
 * @param driven index of the driven dimension
 * @param dimension index of the other
 */
export function jolt(
  { keys }: Pick<WorldManifest['actions'], 'keys'>,
  driven: number,
  dimension: number,
): number {
  const size = (vector: readonly number[]) => Math.abs(vector[driven]!);
  const [key] = Object.values(keys).sort((one, other) => size(other) - size(one));
  return key && size(key) > 0 ? key[dimension]! / key[driven]! : 0;
}
