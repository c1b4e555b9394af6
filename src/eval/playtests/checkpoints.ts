/** A world as takes name it. */
export interface Checkpoint {
  readonly name: string;
  /** SHA-256 of its `dynamics.onnx`. */
  readonly dynamics: string;
}

const HASH_SHOWN = 7;

/**
 * What to call each checkpoint: its world's name, and the beginning of its hash behind it where several
 * checkpoints have that name.
 *
 * @returns names by `dynamics`, in alphabetical order
 */
export function checkpointNames(checkpoints: readonly Checkpoint[]): Map<string, string> {
  const distinct = [...new Map(checkpoints.map((checkpoint) => [checkpoint.dynamics, checkpoint])).values()];
  const named = distinct.map(({ name, dynamics }): [string, string] => {
    const shared = distinct.filter((other) => other.name === name).length > 1;
    return [dynamics, shared ? `${name} (${dynamics.slice(0, HASH_SHOWN)})` : name];
  });
  return new Map(named.sort(([, a], [, b]) => (a < b ? -1 : 1)));
}
