import { seededRandom } from '../random.ts';
import { decodeLatent } from './codec.ts';
import { DynamicsState } from './dynamics.ts';
import type { WorldManifest } from './manifest.ts';
import type { FrameMemory } from './memory.ts';
import type { Runner } from './runner.ts';
import type { Frame, Session, SessionSnapshot } from './types.ts';

/** What a session goes on from when it does not begin with a start state. */
export interface Past {
  readonly latents: readonly Float32Array[];
  readonly actions: readonly ArrayLike<number>[];
}

/** What the sessions of a world share. */
export interface SessionParts {
  readonly manifest: WorldManifest;
  readonly decoder: Runner;
  readonly starts: readonly Float32Array[];
  /** An empty cache, for one session. */
  newMemory(): FrameMemory;
}

/** A session on any runtime: what differs between them is in the parts. */
export class WorldSession implements Session {
  readonly #parts: SessionParts;
  readonly #memory: FrameMemory;
  #state: DynamicsState;
  #latent: Float32Array;
  /** Work runs one after the other: a frame depends on the one before it. */
  #queue: Promise<unknown>;
  #frameIndex = 0;

  constructor(parts: SessionParts, seed: number, start: number | undefined, past?: Past) {
    this.#parts = parts;
    this.#memory = parts.newMemory();
    const known = past ?? this.#chooseStart(seed, start);
    this.#latent = known.latents.at(-1)!;
    this.#state = new DynamicsState(parts.manifest, this.#memory, seed);
    this.#queue = this.#recall(known);
  }

  get frameIndex(): number {
    return this.#frameIndex;
  }

  current(): Promise<Frame> {
    return this.#enqueue(() => this.#picture());
  }

  step(action: ArrayLike<number>, steps = this.#parts.manifest.sampling.steps): Promise<Frame> {
    const taken = Float32Array.from(action);
    const frame = this.#enqueue(async () => {
      this.#latent = await this.#state.imagine(taken, steps);
      this.#frameIndex += 1;
      return this.#picture();
    });
    // Remembering the frame comes after its picture, for which the player waits. Where that fails, so does the
    // next frame; where the frame itself failed there is nothing to remember, and the session stays where it was.
    this.#queue = frame.then(
      () => this.#state.accept(this.#latent, taken),
      () => undefined,
    );
    this.#queue.catch(() => undefined);
    return frame;
  }

  async settled(): Promise<void> {
    await this.#queue;
  }

  reset(seed: number, start?: number): void {
    const past = this.#chooseStart(seed, start);
    this.#move(async () => {
      this.#latent = past.latents.at(-1)!;
      this.#state = new DynamicsState(this.#parts.manifest, this.#memory, seed);
      this.#frameIndex = 0;
      await this.#recall(past);
    });
  }

  save(): Promise<SessionSnapshot> {
    return this.#enqueue(async () => ({
      frameIndex: this.#frameIndex,
      dynamics: await this.#state.save(),
    }));
  }

  load({ frameIndex, dynamics }: SessionSnapshot): void {
    this.#move(async () => {
      this.#latent = dynamics.shown;
      this.#frameIndex = frameIndex;
      this.#state.load(dynamics);
    });
  }

  /** Not through #enqueue, which hides a failure from the work that follows: here the next frame has to fail. */
  #move(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work);
    this.#queue.catch(() => undefined);
  }

  #picture(): Promise<Frame> {
    return decodeLatent(this.#parts.manifest, this.#parts.decoder, this.#latent);
  }

  #chooseStart(seed: number, start?: number): Past {
    const index = start ?? seededRandom(seed).integer(this.#parts.starts.length);
    const latent = this.#parts.starts[index];
    if (!latent) throw new RangeError(`start ${index} of ${this.#parts.starts.length} does not exist`);
    return { latents: [latent], actions: [] };
  }

  async #recall({ latents, actions }: Past): Promise<void> {
    const rest = this.#parts.manifest.actions.names.map(() => 0);
    for (const [index, latent] of latents.entries()) {
      await this.#state.accept(latent, index === 0 ? rest : (actions[index - 1] ?? rest));
    }
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    // A failure reaches the caller who asked for the frame; the queue itself goes on.
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
