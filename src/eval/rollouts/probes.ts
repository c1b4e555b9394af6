import { seededRandom } from '../../random.ts';
import type { WorldManifest } from '../../world/manifest.ts';

/** What a world is asked to imagine from a start. */
export interface Probes {
  /** On, under the footage's own actions. */
  readonly own: readonly Float32Array[];
  /** On, under the actions of another start. */
  readonly foreign: readonly Float32Array[];
  /** On, under actions drawn for each frame from all starts. */
  readonly random: readonly Float32Array[];
  /** Nothing: the camera stands. */
  readonly still: readonly Float32Array[];
  /** Back the way the context came. */
  readonly revisit: readonly Float32Array[];
  /** A turn and the same turn back; none for worlds that cannot turn. */
  readonly mirror?: readonly Float32Array[];
  /** Once around. */
  readonly loop?: readonly Float32Array[];
}

/** Genie compares random actions with true ones 4 frames on; a few more make the mean steadier. */
const RANDOM_FRAMES = 8;
const STILL_FRAMES = 10;
/** A mirror turn goes this far, out of the view of most lenses, in at most so many frames. */
const MIRROR_ANGLE = Math.PI / 2;
const MIRROR_FRAMES = 24;
/** Full turns are asked of every fourth start, and of worlds that can turn around in this many frames. */
const LOOP_EVERY = 4;
const LOOP_FRAMES = 240;

/** What is known of all starts together when the probes of one are made. */
export interface ProbeContext {
  /** The true actions of each start, in the world's units. */
  readonly actions: readonly (readonly Float32Array[])[];
  /** See `foreignActions`. */
  readonly lender: readonly number[];
  /** Between the context frames of each start, in the world's units. */
  readonly contextActions: readonly (readonly Float32Array[])[];
  readonly manifest: WorldManifest;
}

/**
 * The actions of every probe of a start. All seeds of a start share them, and so do all worlds that are driven by
 * the same dimensions.
 *
 * @param seed of the draws of random actions
 */
export function probesOf(index: number, seed: number, context: ProbeContext): Probes {
  const { actions, contextActions, lender, manifest } = context;
  const width = manifest.actions.names.length;
  const pool = actions.flat();
  const random = seededRandom(seed);
  const own = actions[index]!;
  const frames = manifest.memory.window;
  const between = contextActions[index]!;
  return {
    own,
    foreign: actions[lender[index]!]!,
    random: Array.from(
      { length: Math.min(RANDOM_FRAMES, own.length) },
      () => pool[random.integer(pool.length)]!,
    ),
    still: Array.from({ length: STILL_FRAMES }, () => new Float32Array(width)),
    revisit: between
      .slice(between.length - frames + 1)
      .reverse()
      .map((action) => action.map((value) => -value)),
    ...turns(index, manifest),
  };
}

/** The turning probes; left and right take turns over the starts. */
function turns(index: number, manifest: WorldManifest): Pick<Probes, 'mirror' | 'loop'> {
  const { names, scale, keys } = manifest.actions;
  const yaw = names.indexOf('yaw');
  if (yaw < 0) return {};
  const unit = names.map((_, d) => (d === yaw ? 1 : 0));
  const [turning = unit] = Object.values(keys)
    .filter((key) => key[yaw]! > 0)
    .sort((a, b) => b[yaw]! - a[yaw]!);
  const rate = turning[yaw]! * scale[yaw]!;
  const turn = (frames: number, direction: number): Float32Array[] =>
    Array.from({ length: frames }, () => Float32Array.from(turning, (value) => direction * value));
  const direction = index % 2 === 0 ? 1 : -1;
  const there = Math.min(MIRROR_FRAMES, Math.max(2, Math.round(MIRROR_ANGLE / rate)));
  const around = Math.round((2 * Math.PI) / rate);
  return {
    mirror: [...turn(there, direction), ...turn(there, -direction)],
    ...(index % LOOP_EVERY === 0 && around <= LOOP_FRAMES ? { loop: turn(around, direction) } : {}),
  };
}
