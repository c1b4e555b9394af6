import { jolt } from './jolts.ts';
import type { Motion, WorldManifest } from './manifest.ts';

type PosedActions = Pick<WorldManifest['actions'], 'names' | 'driven' | 'scale' | 'keys'>;

type Vector = readonly [number, number, number];

/** A rotation as a unit quaternion: its scalar, then its vector. */
type Quaternion = readonly [number, number, number, number];

/** Where a camera is and which way it looks; its axes are x right, y down, z forward. */
export interface Pose {
  readonly rotation: Quaternion;
  readonly position: Vector;
}

/** Where a video begins. */
export const ORIGIN: Pose = { rotation: [1, 0, 0, 0], position: [0, 0, 0] };

/**
 * What the actions of a world do to a pose. An action is a camera's displacement: turns by its rotation vector, and
 * moves along the view half-way to the next frame, so that an action and its negative cancel exactly. Only what is
 * driven counts: jolts come and go, and their sum would be the sum of their errors.
 */
export class Poses {
  readonly #actions: PosedActions;
  /** What counts as far as one another: one normalised unit of turning (radians), and of moving. */
  readonly #turnUnit: number;
  readonly #moveUnit: number;

  constructor(actions: PosedActions) {
    this.#actions = actions;
    const unit = (motions: readonly Motion[]): number =>
      Math.max(...actions.driven.map((name) => (motions.includes(name) ? this.#scaleOf(name) : 0))) || 1;
    this.#turnUnit = unit(['yaw', 'pitch', 'roll']);
    this.#moveUnit = unit(['forward', 'strafe', 'vertical']);
  }

  /**
   * The pose that an action leads to.
   *
   * @param action normalised, in the order of the world's names
   */
  after({ rotation, position }: Pose, action: ArrayLike<number>): Pose {
    const { names, driven } = this.#actions;
    const by = (name: Motion): number =>
      driven.includes(name) ? action[names.indexOf(name)]! * this.#scaleOf(name) : 0;
    const half = rotationBy([by('pitch') / 2, by('yaw') / 2, by('roll') / 2]);
    const midway = product(rotation, half);
    const moved = turned(midway, [by('strafe'), -by('vertical'), by('forward')]);
    return { rotation: product(midway, half), position: sum(position, moved) };
  }

  /**
   * The normalised action that leads from one pose to another. What the world's driven motions cannot say of it is left
   * out; jolts come along as they do with its keys.
   */
  action(from: Pose, to: Pose): Float32Array {
    const [pitch, yaw, roll] = rotationVector(product(inverse(from.rotation), to.rotation));
    const midway = product(from.rotation, rotationBy([pitch / 2, yaw / 2, roll / 2]));
    const [strafe, down, forward] = turned(inverse(midway), difference(to.position, from.position));
    const motion: Readonly<Record<Motion, number>> = { forward, strafe, vertical: -down, yaw, pitch, roll };
    const { names, driven } = this.#actions;
    return Float32Array.from(names, (name, dimension) =>
      driven.includes(name)
        ? motion[name] / this.#scaleOf(name)
        : driven.reduce((total, by) => {
            const share = jolt(this.#actions, names.indexOf(by), dimension);
            return total + (share * motion[by]) / this.#scaleOf(by);
          }, 0),
    );
  }

  /** How far apart two poses are, in normalised units of turning and of moving together. */
  distance(one: Pose, other: Pose): number {
    const turn = angleBetween(one.rotation, other.rotation);
    const [x, y, z] = difference(other.position, one.position);
    // Asked of every keyframe in every frame, and `Math.hypot` takes many times as long.
    return Math.sqrt((turn / this.#turnUnit) ** 2 + (x * x + y * y + z * z) / this.#moveUnit ** 2);
  }

  #scaleOf(name: Motion): number {
    return this.#actions.scale[this.#actions.names.indexOf(name)]!;
  }
}

/** The rotation about an axis by its length in radians. */
function rotationBy(vector: Vector): Quaternion {
  const angle = Math.hypot(...vector);
  const share = angle < 1e-9 ? 0.5 : Math.sin(angle / 2) / angle;
  return [Math.cos(angle / 2), vector[0] * share, vector[1] * share, vector[2] * share];
}

/** The axis of a rotation, as long as its angle in radians, at most π. */
function rotationVector([scalar, x, y, z]: Quaternion): Vector {
  const sine = Math.hypot(x, y, z);
  const angle = 2 * Math.atan2(sine, Math.abs(scalar));
  const share = (sine < 1e-9 ? 2 : angle / sine) * (scalar < 0 ? -1 : 1);
  return [x * share, y * share, z * share];
}

/** The angle from one rotation to another in radians; a quaternion and its negative are the same rotation. */
function angleBetween(one: Quaternion, other: Quaternion): number {
  let [apart, together] = [0, 0];
  for (let index = 0; index < one.length; index += 1) {
    apart += (one[index]! - other[index]!) ** 2;
    together += (one[index]! + other[index]!) ** 2;
  }
  return 4 * Math.atan2(Math.sqrt(Math.min(apart, together)), Math.sqrt(Math.max(apart, together)));
}

/** One rotation, seen from another. */
function product([a, b, c, d]: Quaternion, [e, f, g, h]: Quaternion): Quaternion {
  return [
    a * e - b * f - c * g - d * h,
    a * f + b * e + c * h - d * g,
    a * g - b * h + c * e + d * f,
    a * h + b * g - c * f + d * e,
  ];
}

function inverse([scalar, x, y, z]: Quaternion): Quaternion {
  return [scalar, -x, -y, -z];
}

function turned(rotation: Quaternion, [x, y, z]: Vector): Vector {
  const [, ...vector] = product(product(rotation, [0, x, y, z]), inverse(rotation));
  return vector;
}

function sum(one: Vector, other: Vector): Vector {
  return [one[0] + other[0], one[1] + other[1], one[2] + other[2]];
}

function difference(one: Vector, other: Vector): Vector {
  return [one[0] - other[0], one[1] - other[1], one[2] - other[2]];
}
