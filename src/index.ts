// What all parts share. The parts themselves are `reverie/engine`, `reverie/data` and so on.
export { UserError } from './errors.ts';
export { fillNormal, type Random, type RandomState, seededRandom } from './random.ts';
