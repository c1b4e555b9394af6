import type { Take } from '../../serve/take.ts';

/** A world as takes name it. */
type Checkpoint = Take['worlds'][number];

const HASH_SHOWN = 7;

/**
 * What to call each checkpoint: its world's name, and the beginning of its hash behind it where several
 * checkpoints have that name.
 *
 * @returns names by `fingerprint`, in alphabetical order
 */
export function checkpointNames(checkpoints: readonly Checkpoint[]): Map<string, string> {
  const distinct = [
    ...new Map(checkpoints.map((checkpoint) => [checkpoint.fingerprint, checkpoint])).values(),
  ];
  const named = distinct.map(({ name, fingerprint }): [string, string] => {
    const shared = distinct.filter((other) => other.name === name).length > 1;
    return [fingerprint, shared ? `${name} (${fingerprint.slice(0, HASH_SHOWN)})` : name];
  });
  return new Map(named.sort(([, a], [, b]) => (a < b ? -1 : 1)));
}
