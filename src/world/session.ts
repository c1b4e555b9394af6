import { seededRandom } from '../random.ts';
import { decodeLatent, reproject } from './codec.ts';
import { DynamicsState } from './dynamics.ts';
import { Keyframes, type View } from './keyframes.ts';
import type { WorldManifest } from './manifest.ts';
import type { FrameMemory } from './memory.ts';
import { ORIGIN, type Pose, Poses } from './pose.ts';
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
  readonly #poses: Poses;
  readonly #keyframes: Keyframes;
  #state: DynamicsState;
  /** The present frame. */
  #view: View;
  /** What is shown of it, once it is known. */
  #picture: Frame | undefined;
  /** Work runs one after the other: a frame depends on the one before it. */
  #queue: Promise<unknown>;
  #frameIndex = 0;

  constructor(parts: SessionParts, seed: number, start: number | undefined, past?: Past) {
    this.#parts = parts;
    this.#memory = parts.newMemory();
    const { actions, sampling } = parts.manifest;
    this.#poses = new Poses(actions);
    this.#keyframes = new Keyframes(this.#poses, sampling.keyframes);
    const known = past ?? this.#chooseStart(seed, start);
    this.#picture = parts.reprojection && known.picture;
    this.#state = new DynamicsState(parts.manifest, this.#memory, seed);
    this.#view = { pose: ORIGIN, dynamics: this.#state.moment() };
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
    const imagined = this.#enqueue(() => this.#imagine(taken, steps));
    // Remembering the frame comes after its picture, for which the player waits. Where that fails, so does the
    // next frame; where the frame itself failed there is nothing to remember, and the session stays where it was.
    this.#queue = imagined.then(
      async ({ latent, led, pose, picture }) => {
        await this.#state.accept(latent, led);
        this.#view = { pose, dynamics: this.#state.moment() };
        this.#picture = picture;
        this.#keyframes.add(this.#view);
      },
      () => undefined,
    );
    this.#queue.catch(() => undefined);
    return imagined.then(({ picture }) => picture);
  }

  async settled(): Promise<void> {
    await this.#queue;
  }

  reset(seed: number, start?: number): void {
    const past = this.#chooseStart(seed, start);
    this.#move(async () => {
      this.#state = new DynamicsState(this.#parts.manifest, this.#memory, seed);
      this.#view = { pose: ORIGIN, dynamics: this.#state.moment() };
      this.#picture = undefined;
      this.#keyframes.load([]);
      this.#frameIndex = 0;
      await this.#recall(past);
    });
  }

  save(): Promise<SessionSnapshot> {
    return this.#enqueue(async () => ({
      frameIndex: this.#frameIndex,
      view: { pose: this.#view.pose, dynamics: this.#state.save() },
      picture: await this.#present(),
      keyframes: this.#keyframes.save(),
    }));
  }

  load({ frameIndex, view, picture, keyframes }: SessionSnapshot): void {
    this.#move(async () => {
      this.#frameIndex = frameIndex;
      this.#view = view;
      this.#picture = picture;
      this.#keyframes.load(keyframes);
      this.#state.load(view.dynamics);
    });
  }

  /** The next frame, from the present view or from a remembered one that is nearer to where the action leads. */
  async #imagine(action: Float32Array, steps: number): Promise<Imagined> {
    const { manifest, decoder, reprojection } = this.#parts;
    const present = this.#view;
    const pose = this.#poses.after(present.pose, action);
    const from = this.#keyframes.nearest(pose, present);
    const led = from === present ? action : this.#poses.action(from.pose, pose);
    this.#state.recall(from.dynamics);
    const pictureOf = () =>
      from === present ? this.#present() : decodeLatent(manifest, decoder, from.dynamics.shown);
    const shown = reprojection && steps > 0 ? await pictureOf() : undefined;
    const latent = await this.#state.imagine(led, Math.max(1, steps));
    const decoded = await decodeLatent(manifest, decoder, latent);
    const { previous } = from.dynamics;
    const picture =
      reprojection && shown
        ? await reproject(manifest, reprojection, { decoded, shown, previous, action: led })
        : decoded;
    this.#frameIndex += 1;
    return { latent, led, pose, picture };
  }

  /** Not through #enqueue, which hides a failure from the work that follows: here the next frame has to fail. */
  #move(work: () => Promise<void>): void {
    this.#queue = this.#queue.then(work);
    this.#queue.catch(() => undefined);
  }

  async #present(): Promise<Frame> {
    const { manifest, decoder } = this.#parts;
    this.#picture ??= await decodeLatent(manifest, decoder, this.#view.dynamics.shown);
    return this.#picture;
  }

  #chooseStart(seed: number, start?: number): Past {
    const index = start ?? seededRandom(seed).integer(this.#parts.starts.length);
    const latent = this.#parts.starts[index];
    if (!latent) throw new RangeError(`start ${index} of ${this.#parts.starts.length} does not exist`);
    return { latents: [latent], actions: [] };
  }

  /** Makes known frames the past. */
  async #recall({ latents, actions }: Past): Promise<void> {
    const rest = new Float32Array(this.#parts.manifest.actions.names.length);
    for (const [index, latent] of latents.entries()) {
      const action = index === 0 ? rest : (actions[index - 1] ?? rest);
      await this.#state.accept(latent, action);
      const pose = this.#poses.after(this.#view.pose, action);
      this.#view = { pose, dynamics: this.#state.moment() };
      this.#keyframes.add(this.#view);
    }
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    // A failure reaches the caller who asked for the frame; the queue itself goes on.
    this.#queue = result.catch(() => undefined);
    return result;
  }
}

/** A frame that is yet to be remembered. */
interface Imagined {
  readonly latent: Float32Array;
  /** The action that led to it from the view that it was imagined from. */
  readonly led: Float32Array;
  readonly pose: Pose;
  readonly picture: Frame;
}
