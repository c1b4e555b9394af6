import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that Reverie is installed in. */
const HOME = fileURLToPath(new URL('../..', import.meta.url));

/** The worlds that ship with Reverie. */
export const SHIPPED_WORLDS = ['racetrack', 'garage'].map((name) => join(HOME, 'worlds', name));

/** The recipe for footage of one's own. */
export const RECIPE = join(HOME, 'configs', 'clip-15min.yaml');
