import type { Frame } from '../../world/types.ts';
import type { HeldControl } from '../controls.ts';
import type { Evaluation } from '../evaluation.ts';
import { tile } from '../pictures.ts';
import { truthOf } from '../rollout.ts';
import type { Sequence } from '../score.ts';

const STRIPS = 4;
const COLUMNS = 7;
const GAP = 4;

/** The same moments of one rollout, seen by the camera and imagined by each world. */
export interface Strip {
  readonly rollout: number;
  readonly rows: readonly { readonly label: string; readonly frames: readonly Frame[] }[];
}

/** The horizons that strips show: 0, the last real frame, and evenly spaced ones to the end. */
export function stripHorizons(horizon: number): number[] {
  return [...new Set(Array.from({ length: COLUMNS + 1 }, (_, i) => Math.round((i * horizon) / COLUMNS)))];
}

/** Contact strips of a few rollouts, evenly spaced over all, never picked by how good they look. */
export function strips({ starts, worlds, settings }: Evaluation): Strip[] {
  const count = Math.min(STRIPS, starts.length);
  const horizons = stripHorizons(settings.horizon);
  const pick = (sequence: Sequence): Frame[] => horizons.map((horizon) => frameAt(sequence, horizon));
  return Array.from({ length: count }, (_, i) => {
    const rollout = Math.floor(((i + 0.5) * starts.length) / count);
    return {
      rollout,
      rows: [
        { label: 'truth', frames: pick(truthOf(starts[rollout]!)) },
        ...worlds.map(({ name, imagined }) => ({ label: name, frames: pick(imagined[rollout]!) })),
      ],
    };
  });
}

/** All rollouts one after another as a film: the truth on the left, then each world. */
export function* film({ starts, worlds, settings }: Evaluation): Generator<Frame> {
  for (const [rollout, start] of starts.entries()) {
    const sequences = [truthOf(start), ...worlds.map(({ imagined }) => imagined[rollout]!)];
    for (let horizon = 0; horizon <= settings.horizon; horizon++) {
      yield tile([sequences.map((sequence) => frameAt(sequence, horizon))], GAP);
    }
  }
}

/** All held controls of all worlds in one picture, a sign of the key in front of each row. */
export function controlSheet(controls: readonly HeldControl[]): Frame {
  return tile(
    controls.map(({ label, frames }) => [sign(label, frames[0]!), ...frames]),
    GAP,
  );
}

/** An arrow to the left or right, or a square for nothing, on black. */
function sign(label: HeldControl['label'], { width, height }: Frame): Frame {
  const rgb = new Uint8Array(width * height * 3);
  const radius = Math.min(width, height) / 6;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const dx = (x - (width - 1) / 2) / radius;
      const dy = Math.abs(y - (height - 1) / 2) / radius;
      const along = label === 'left' ? -dx : dx;
      const inside =
        label === 'nothing'
          ? Math.abs(dx) < 0.6 && dy < 0.6
          : along > -1 && along < 1 && dy < (1 - along) / 2;
      if (inside) rgb.fill(255, (y * width + x) * 3, (y * width + x) * 3 + 3);
    }
  }
  return { width, height, rgb };
}

function frameAt({ before, frames }: Sequence, horizon: number): Frame {
  return horizon === 0 ? before : frames[horizon - 1]!;
}
