import { seededRandom } from '../random.ts';
import { decodeLatent, reproject } from './codec.ts';
import { DynamicsState } from './dynamics.ts';
import type { WorldManifest } from './manifest.ts';
import type { FrameMemory } from './memory.ts';
import type { Runner } from './runner.ts';
import type { Frame, Session, SessionSnapshot } from './types.ts';

/** What a session goes on from when it does not begin with a start state. */
export interface Past {
  readonly latents: readonly Float32Array[];
  readonly actions: readonly ArrayLike<number>[];
  /** The last of these frames, where it is known as a picture. */
  readonly picture?: Frame | undefined;
}

/** What the sessions of a world share. */
export interface SessionParts {
  readonly manifest: WorldManifest;
  readonly decoder: Runner;
  /** Of worlds that have it. */
  readonly reprojection?: Runner | undefined;
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
  /** What is shown of the present frame, once it is known. */
  #picture: Frame | undefined;
  /** Work runs one after the other: a frame depends on the one before it. */
  #queue: Promise<unknown>;
  #frameIndex = 0;

  constructor(parts: SessionParts, seed: number, start: number | undefined, past?: Past) {
    this.#parts = parts;
    this.#memory = parts.newMemory();
    const known = past ?? this.#chooseStart(seed, start);
    this.#latent = known.latents.at(-1)!;
    this.#picture = parts.reprojection && known.picture;
    this.#state = new DynamicsState(parts.manifest, this.#memory, seed);
    this.#queue = this.#recall(known);
  }

  get frameIndex(): number {
    return this.#frameIndex;
  }

  current(): Promise<Frame> {
    return this.#enqueue(() => this.#present());
  }

  step(action: ArrayLike<number>, steps = this.#parts.manifest.sampling.steps): Promise<Frame> {
    const taken = Float32Array.from(action);
    const frame = this.#enqueue(async () => {
      const { manifest, decoder, reprojection } = this.#parts;
      const shown = reprojection && steps > 0 ? await this.#present() : undefined;
      const latent = await this.#state.imagine(taken, Math.max(1, steps));
      const decoded = await decodeLatent(manifest, decoder, latent);
      const { previous } = this.#state;
      this.#picture =
        reprojection && shown
          ? await reproject(manifest, reprojection, { decoded, shown, previous, action: taken })
          : decoded;
      this.#latent = latent;
      this.#frameIndex += 1;
      return this.#picture;
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
      this.#picture = undefined;
      this.#state = new DynamicsState(this.#parts.manifest, this.#memory, seed);
      this.#frameIndex = 0;
      await this.#recall(past);
    });
  }

  save(): Promise<SessionSnapshot> {
    return this.#enqueue(async () => ({
      frameIndex: this.#frameIndex,
      dynamics: await this.#state.save(),
      picture: await this.#present(),
    }));
  }

  load({ frameIndex, dynamics, picture }: SessionSnapshot): void {
    this.#move(async () => {
      this.#latent = dynamics.shown;
      this.#picture = picture;
      this.#frameIndex = frameIndex;
      this.#state.load(dynamics);
    });
  }

  /** Not through #enqueue, which hides a failure from the work that follows: here the next frame has to fail. */
  #move(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work);
    this.#queue.catch(() => undefined);
  }

  async #present(): Promise<Frame> {
    const { manifest, decoder } = this.#parts;
    this.#picture ??= await decodeLatent(manifest, decoder, this.#latent);
    return this.#picture;
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
