import type { DatasetInfo } from '../data/types.ts';
import { UserError } from '../errors.ts';
import type { WorldManifest } from '../world/manifest.ts';

/**
 * How to turn a dataset's actions into a world's: both store physical displacement per frame divided by a scale,
 * each with its own dimensions, order and scale.
 *
 * @returns a function from float32 [rows, dataset dimensions] to one action per row in the world's units
 * @throws UserError when the world wants a dimension that the dataset does not have
 */
export function actionConverter(
  info: DatasetInfo,
  manifest: WorldManifest,
): (actions: Float32Array) => Float32Array[] {
  const missing = manifest.actions.names.filter((name) => !info.actionNames.includes(name));
  if (missing.length > 0) {
    throw new UserError(
      `world "${manifest.name}" is driven by ${missing.join(', ')}, dataset "${info.name}" has only ${info.actionNames.join(', ')}`,
      'evaluate it on the dataset it was trained on, or ingest the footage again with these motions',
    );
  }
  const columns = manifest.actions.names.map((name) => info.actionNames.indexOf(name));
  const gains = columns.map((column, d) => info.actionScale[column]! / manifest.actions.scale[d]!);
  const width = info.actionNames.length;
  return (actions) =>
    Array.from({ length: actions.length / width }, (_, row) =>
      Float32Array.from(columns, (column, d) => actions[row * width + column]! * gains[d]!),
    );
}
