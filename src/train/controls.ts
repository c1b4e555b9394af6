import { Matrix, solve } from 'ml-matrix';
import type { Motion, WorldManifest } from '../world/manifest.ts';

type Actions = WorldManifest['actions'];

/** Which motion a pair of keys stands for, in order of preference: the footage may lack the first. */
const KEY_MOTIONS: readonly {
  readonly plus: string;
  readonly minus: string;
  readonly motions: readonly Motion[];
}[] = [
  { plus: 'KeyW', minus: 'KeyS', motions: ['forward'] },
  { plus: 'KeyD', minus: 'KeyA', motions: ['strafe', 'yaw'] },
  { plus: 'ArrowRight', minus: 'ArrowLeft', motions: ['yaw'] },
  { plus: 'ArrowUp', minus: 'ArrowDown', motions: ['pitch', 'forward'] },
];

/**
 * Turns the actions of the footage into controls: keys reach what the camera often did, never more, because the
 * model has seen nothing else.
 *
 * What no key drives follows: it is what the footage mostly made of it under such a motion (least squares), as a car
 * that leans in its bends.
 *
 * @param names the driven dimensions
 * @param shake the others, which come after them
 * @param rows normalised actions that the model was trained on, [n][dimension]
 * @returns the action at rest, and what each key adds to it
 */
export function deriveControls(
  names: readonly Motion[],
  shake: readonly Motion[],
  rows: readonly (readonly number[])[],
): Pick<Actions, 'rest' | 'keys'> {
  const ranges = names.map((name, dimension) =>
    rangeOf(
      name,
      rows.map((row) => row[dimension]!),
    ),
  );
  const rest = ranges.map(({ low, high }) => Math.min(Math.max(0, low), high));
  const keys: Record<string, number[]> = {};
  const follow = follower(rows, names.length, shake.length);
  for (const { plus, minus, motions } of KEY_MOTIONS) {
    const motion = motions.find((candidate) => isDriven(candidate));
    if (motion === undefined) continue;
    const dimension = names.indexOf(motion);
    const { low, high } = ranges[dimension]!;
    // Turning and sidestepping are even-handed even where the footage mostly went one way round.
    const reach = motion === 'forward' ? high - rest[dimension]! : (high - low) / 2;
    const back = motion === 'forward' ? Math.max(low - rest[dimension]!, -reach) : -reach;
    keys[plus] = follow(names.map((_, index) => (index === dimension ? reach : 0)));
    keys[minus] = follow(names.map((_, index) => (index === dimension ? back : 0)));
  }
  return { rest: follow(rest), keys };

  /** A motion that the footage hardly has cannot be driven. */
  function isDriven(motion: Motion): boolean {
    const range = ranges[names.indexOf(motion)];
    return range !== undefined && range.high - range.low > 0.3;
  }
}

/** Adds to a driven motion what the others mostly are beside it: the linear map of least squares. */
function follower(
  rows: readonly (readonly number[])[],
  driven: number,
  others: number,
): (motion: readonly number[]) => number[] {
  if (others === 0 || rows.length === 0) return (motion) => [...motion, ...Array<number>(others).fill(0)];
  const footage = new Matrix(rows.map((row) => [...row]));
  const given = footage.subMatrix(0, rows.length - 1, 0, driven - 1);
  const asked = footage.subMatrix(0, rows.length - 1, driven, driven + others - 1);
  // The normal equations are tiny; a motion that never occurs makes them singular, which the SVD bears.
  const map = solve(given.transpose().mmul(given), given.transpose().mmul(asked), true);
  return (motion) => [...motion, ...new Matrix([[...motion]]).mmul(map).to1DArray()];
}

/** From what to what the motion goes, without the rarest values at either end. */
function rangeOf(motion: Motion, values: readonly number[]): { readonly low: number; readonly high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.round(share * (sorted.length - 1))] ?? 0;
  // Cameras seldom stand still or go back, and yet the brake has to reach that far.
  return { low: at(motion === 'forward' ? 0.01 : 0.05), high: at(0.95) };
}
