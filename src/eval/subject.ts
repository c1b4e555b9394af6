import { existsSync } from 'node:fs';
import path from 'node:path';
import { UserError } from '../errors.ts';
import { exportWorld } from '../train/export.ts';
import type { World } from '../world/types.ts';
import { openWorld } from '../world/world.ts';

/**
 * Opens what is to be evaluated: an exported world, or a run, which is exported as it now stands.
 *
 * @param scratch folder in which the worlds of runs are put
 * @throws UserError when the folder is neither, or the run has no checkpoint yet
 */
export async function openSubject(folder: string, scratch: string): Promise<World> {
  if (existsSync(path.join(folder, 'world.json'))) return openWorld(folder);
  if (!existsSync(path.join(folder, 'run.yaml'))) {
    throw new UserError(
      `${folder} is neither a world (no world.json) nor a run (no run.yaml)`,
      'give a folder that reverie export or reverie train has written',
    );
  }
  const name = path.basename(path.resolve(folder));
  const out = path.join(scratch, `${name}.world`);
  await exportWorld({
    run: folder,
    out,
    name,
    description: `The run ${folder}, exported to be evaluated.`,
    licence: 'not stated',
    attribution: '',
  });
  return openWorld(out);
}
