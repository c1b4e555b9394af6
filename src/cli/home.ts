import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that Reverie is installed in. */
const HOME = fileURLToPath(new URL('../..', import.meta.url));

/** The world that ships with Reverie. */
export const SHIPPED_WORLD = join(HOME, 'worlds', 'racetrack');

/** The recipe for footage of one's own. */
export const RECIPE = join(HOME, 'configs', 'clip-15min.yaml');
