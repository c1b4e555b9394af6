import { seededRandom } from '../random.ts';
import { jolt } from '../world/jolts.ts';
import type { WorldManifest } from '../world/manifest.ts';
import type { Frame, PlayableWorld, Session, SessionSnapshot } from '../world/types.ts';

type Actions = WorldManifest['actions'];

/** What is said of worlds of different footage. */
export const TOLD_APART =
  'They were learned from different footage, so the place may tell which is which: this is no blind test.';

/** What two worlds must share to be played under the same keys. */
export interface Comparable {
  readonly frame: WorldManifest['frame'];
  /** Those that keys are for. */
  readonly motions: Actions['driven'];
}

/** Whether two worlds can be played side by side under the same keys. */
export function areComparable(a: Comparable, b: Comparable): boolean {
  return (
    a.frame.width === b.frame.width &&
    a.frame.height === b.frame.height &&
    a.motions.join() === b.motions.join()
  );
}

/**
 * Names what a world was learned from. Worlds of different footage can be compared, but hardly blind: places are
 * recognised.
 */
export function footageOf({ training, attribution }: WorldManifest): string {
  return String(training.data ?? attribution);
}

/**
 * Two worlds played as one, for a blind comparison: every beat both imagine a frame from the same action with as
 * many passes, and the two pictures stand side by side. Which one is on the left follows from the seed, so a
 * player cannot know it and a replay can.
 *
 * Actions are in the units of the first world; the second gets the same motion in its own (`exchangeOf`).
 */
export class PairWorld implements PlayableWorld {
  readonly manifest: WorldManifest;
  readonly #worlds: readonly [PlayableWorld, PlayableWorld];
  readonly #exchange: (action: ArrayLike<number>) => Float32Array;

  /** @param first gives the keys, the recorded actions and the rate of the footage */
  constructor(first: PlayableWorld, second: PlayableWorld) {
    const [a, b] = [first.manifest, second.manifest];
    this.#worlds = [first, second];
    this.#exchange = exchangeOf(a.actions, b.actions);
    this.manifest = {
      ...a,
      name: `${a.name} or ${b.name}`,
      description: `Two worlds under the same keys. Which is which is not said; tell which is better.${
        footageOf(a) === footageOf(b) ? '' : ` ${TOLD_APART}`
      }`,
      licence: joined(a.licence, b.licence),
      attribution: joined(a.attribution, b.attribution),
      frame: { width: 2 * a.frame.width, height: a.frame.height },
      sampling: { ...a.sampling, steps: Math.max(a.sampling.steps, b.sampling.steps) },
      starts: { count: Math.min(a.starts.count, b.starts.count) },
      training: {},
    };
  }

  /** The worlds of a session from left to right. */
  sides(seed: number): [WorldManifest, WorldManifest] {
    const [a, b] = this.#worlds;
    return leftIsSecond(seed) ? [b.manifest, a.manifest] : [a.manifest, b.manifest];
  }

  newSession(seed: number, start?: number): Session {
    const [first, second] = this.#worlds.map((world) => world.newSession(seed, start));
    return new PairSession(first!, second!, this.#worlds.map(stepsOf), this.#exchange, seed);
  }

  /** The two worlds belong to whoever opened them. */
  async close(): Promise<void> {}
}

class PairSession implements Session {
  readonly #first: Session;
  readonly #second: Session;
  readonly #mostSteps: readonly number[];
  readonly #exchanged: (action: ArrayLike<number>) => Float32Array;
  #swapped: boolean;

  constructor(
    first: Session,
    second: Session,
    mostSteps: readonly number[],
    exchanged: (action: ArrayLike<number>) => Float32Array,
    seed: number,
  ) {
    this.#first = first;
    this.#second = second;
    this.#mostSteps = mostSteps;
    this.#exchanged = exchanged;
    this.#swapped = leftIsSecond(seed);
  }

  get frameIndex(): number {
    return this.#first.frameIndex;
  }

  async current(): Promise<Frame> {
    return this.#together(await this.#first.current(), await this.#second.current());
  }

  async step(action: ArrayLike<number>, steps = Math.max(...this.#mostSteps)): Promise<Frame> {
    const [first, second] = this.#mostSteps.map((most) => Math.min(most, steps));
    const frames = [this.#first.step(action, first), this.#second.step(this.#exchanged(action), second)];
    const [a, b] = await Promise.all(frames);
    return this.#together(a!, b!);
  }

  async settled(): Promise<void> {
    await Promise.all([this.#first.settled(), this.#second.settled()]);
  }

  reset(seed: number, start?: number): void {
    this.#swapped = leftIsSecond(seed);
    this.#first.reset(seed, start);
    this.#second.reset(seed, start);
  }

  async save(): Promise<SessionSnapshot> {
    return { ...(await this.#first.save()), beside: await this.#second.save() };
  }

  load(snapshot: SessionSnapshot): void {
    if (!snapshot.beside) throw new TypeError('the moment is one of a single world');
    this.#first.load(snapshot);
    this.#second.load(snapshot.beside);
  }

  #together(first: Frame, second: Frame): Frame {
    return this.#swapped ? sideBySide(second, first) : sideBySide(first, second);
  }
}

/**
 * Turns actions of one world into the same motion in the units of another that is driven alike. Jolts of the camera
 * that only the first knows are left out; those that only the other knows come along with what is driven as they do
 * with its own keys.
 */
export function exchangeOf(from: Actions, to: Actions): (action: ArrayLike<number>) => Float32Array {
  const rows = to.names.map((name, dimension) => {
    const source = from.names.indexOf(name);
    return source < 0
      ? undefined
      : from.names.map((_, other) => (other === source ? from.scale[source]! / to.scale[dimension]! : 0));
  });
  const whole = rows.map((row, dimension) => row ?? alongWith(dimension));

  function alongWith(dimension: number): number[] {
    const sum = from.names.map(() => 0);
    for (const motion of to.driven) {
      const driven = to.names.indexOf(motion);
      const share = jolt(to, driven, dimension);
      rows[driven]?.forEach((value, index) => {
        sum[index]! += share * value;
      });
    }
    return sum;
  }

  return (action) =>
    Float32Array.from(whole, (row) => row.reduce((sum, unit, index) => sum + unit * (action[index] ?? 0), 0));
}

/** The worlds that a session of a seed shows, from left to right. */
export function shownWorlds(world: PlayableWorld, seed: number): readonly WorldManifest[] {
  return world instanceof PairWorld ? world.sides(seed) : [world.manifest];
}

function leftIsSecond(seed: number): boolean {
  return seededRandom(seed).integer(2) === 1;
}

function stepsOf({ manifest }: PlayableWorld): number {
  return manifest.sampling.steps;
}

function joined(a: string, b: string): string {
  return a === b ? a : `${a}; ${b}`;
}

function sideBySide(left: Frame, right: Frame): Frame {
  const row = left.width * 3;
  const rgb = new Uint8Array(2 * row * left.height);
  for (let y = 0; y < left.height; y += 1) {
    rgb.set(left.rgb.subarray(y * row, (y + 1) * row), 2 * y * row);
    rgb.set(right.rgb.subarray(y * row, (y + 1) * row), (2 * y + 1) * row);
  }
  return { width: 2 * left.width, height: left.height, rgb };
}
