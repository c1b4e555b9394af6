import type { DatasetInfo } from '../../data/types.ts';
import { UserError } from '../../errors.ts';
import { MOTIONS, type Motion, type WorldManifest } from '../../world/manifest.ts';

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

/**
 * The physical displacement that a world's actions command.
 *
 * @param actions one normalised action per frame
 * @returns float64 [frames, 6] in the order of `MOTIONS`, 0 where no key drives it
 */
export function commandedMotion(
  actions: readonly Float32Array[],
  { actions: { names, driven, scale } }: WorldManifest,
): Float64Array {
  const commanded = new Float64Array(actions.length * MOTIONS.length);
  for (const [t, action] of actions.entries()) {
    for (const [d, name] of names.entries()) {
      if (!driven.includes(name)) continue;
      commanded[t * MOTIONS.length + MOTIONS.indexOf(name)] = action[d]! * scale[d]!;
    }
  }
  return commanded;
}

/**
 * The physical displacement that a dataset's labels state, in the dimensions that are looked at.
 *
 * @param actions normalised actions, float32 [frames, dataset dimensions]
 * @returns float64 [frames, 6] in the order of `MOTIONS`
 */
export function labelledCommands(
  actions: Float32Array,
  { actionNames, actionScale }: DatasetInfo,
  dimensions: readonly Motion[],
): Float64Array {
  const width = actionNames.length;
  const frames = actions.length / width;
  const commanded = new Float64Array(frames * MOTIONS.length);
  for (const name of dimensions) {
    const column = actionNames.indexOf(name);
    const k = MOTIONS.indexOf(name);
    for (let t = 0; t < frames; t++) {
      commanded[t * MOTIONS.length + k] = actions[t * width + column]! * actionScale[column]!;
    }
  }
  return commanded;
}
