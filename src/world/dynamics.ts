import { fillNormal, type Random, type RandomState, seededRandom } from '../random.ts';
import type { WorldManifest } from './manifest.ts';
import type { FrameInputs, FrameMemory, SavedCache } from './memory.ts';

/** A moment of an imagined video. */
export interface DynamicsMoment {
  readonly cache: SavedCache;
  readonly ages: Float32Array;
  readonly slot: number;
  /** The context latent of the frame [h, w, C]. */
  readonly previous: Float32Array;
  /** The frame's latent [h, w, C]. */
  readonly shown: Float32Array;
}

/** A moment from which a video can go on exactly as it did. */
export interface DynamicsSnapshot extends DynamicsMoment {
  readonly random: RandomState;
}

/**
 * The state of one imagined video: the present frame's context latent, the key-value cache of the frames so far,
 * and the stream of noise. Wherever the graphs run, the noise and the sampling are these.
 */
export class DynamicsState {
  readonly #manifest: WorldManifest;
  readonly #memory: FrameMemory;
  readonly #size: number;
  #random: Random;
  /** How many frames ago each slot of the cache was, `window + 1` for an empty one. */
  readonly #ages: Float32Array;
  /** The context latent of the present frame. */
  #previous: Float32Array;
  /** The latent of the present frame. */
  #shown: Float32Array;
  #slot = 0;

  /**
   * @param memory taken over and emptied; no other state may use it
   * @param seed of all the noise that the video will be made from
   */
  constructor(manifest: WorldManifest, memory: FrameMemory, seed: number) {
    const { latent } = manifest;
    this.#manifest = manifest;
    this.#memory = memory;
    this.#random = seededRandom(seed);
    this.#size = latent.height * latent.width * latent.channels;
    this.#previous = new Float32Array(this.#size);
    this.#shown = new Float32Array(this.#size);
    this.#ages = new Float32Array(manifest.memory.window).fill(manifest.memory.window + 1);
    memory.load(Array.from(this.#ages, () => undefined));
  }

  /**
   * Imagines the next frame; `accept` makes it the present one.
   *
   * @param action normalised, leads from the present frame to the new one
   * @param steps denoising passes
   * @returns its latent [h, w, C]
   */
  async imagine(action: ArrayLike<number>, steps: number): Promise<Float32Array> {
    const latent = fillNormal(this.#random, new Float32Array(this.#size));
    for (let step = 0; ; step += 1) {
      const prediction = await this.#memory.denoise(this.#inputs(latent, step / steps, action));
      if (step === steps - 1) return this.#settle(prediction, action);
      moveTowards(latent, prediction, 1 / (steps - step));
    }
  }

  /**
   * Makes a latent, imagined or of a real picture, the present frame.
   *
   * @param action that led to it; zeros for the first frame
   */
  async accept(latent: Float32Array, action: ArrayLike<number>): Promise<void> {
    const { sampling, memory } = this.#manifest;
    const { contextLevel, stillLevel } = sampling;
    const level = stillLevel + (contextLevel - stillLevel) * motionShare(action);
    const context = latent.map((value) => level * value + (1 - level) * this.#random.normal());
    await this.#memory.remember(this.#inputs(context, level, action), this.#slot);
    for (const [slot, age] of this.#ages.entries()) this.#ages[slot] = Math.min(memory.window + 1, age + 1);
    this.#ages[this.#slot] = 1;
    this.#slot = (this.#slot + 1) % memory.window;
    this.#previous = context;
    this.#shown = latent;
  }

  /** The present moment. */
  moment(): DynamicsMoment {
    return {
      cache: this.#memory.save(),
      ages: this.#ages.slice(),
      slot: this.#slot,
      previous: this.#previous,
      shown: this.#shown,
    };
  }

  /** The present moment and what comes of it. */
  save(): DynamicsSnapshot {
    return { ...this.moment(), random: this.#random.state() };
  }

  /** Goes to a moment of this video, with noise that is yet to come. */
  recall({ cache, ages, slot, previous, shown }: DynamicsMoment): void {
    this.#memory.load(cache);
    this.#ages.set(ages);
    this.#slot = slot;
    this.#previous = previous;
    this.#shown = shown;
  }

  /** Goes back to a moment, or on from one of another state of the same world. */
  load(snapshot: DynamicsSnapshot): void {
    this.recall(snapshot);
    this.#random = seededRandom(snapshot.random);
  }

  /**
   * At rest most of a frame is the one before: two that are imagined of one place differ in what they made up, which
   * flickers, and their mean over time does not (as in temporal anti-aliasing, Karis 2014).
   */
  #settle(imagined: Float32Array, action: ArrayLike<number>): Float32Array {
    const { stillShare } = this.#manifest.sampling;
    const share = stillShare + (1 - stillShare) * motionShare(action);
    return this.#shown.map((value, index) => value + share * (imagined[index]! - value));
  }

  #inputs(latent: Float32Array, level: number, action: ArrayLike<number>): FrameInputs {
    const { latent: size, memory, actions } = this.#manifest;
    const length = actions.names.length;
    if (action.length !== length)
      throw new RangeError(`the action has ${action.length} values, not ${length}`);
    const picture = [1, 1, size.height, size.width, size.channels];
    return new Map([
      ['latent', { shape: picture, data: latent }],
      ['level', { shape: [1, 1], data: Float32Array.of(level) }],
      ['previous', { shape: picture, data: this.#previous }],
      ['action', { shape: [1, 1, length], data: Float32Array.from(action) }],
      ['ages', { shape: [memory.window], data: this.#ages }],
    ]);
  }
}

/** With a value of the action this large, in normalised units, a frame counts as wholly in motion. */
const FULL_MOTION = 0.25;

/**
 * How much a frame counts as in motion, 0…1. Motion carries old detail out of the picture and new detail into it; at
 * rest nothing does, and what a model gets slightly wrong in every frame would pile up. So a frame at rest is trusted
 * less in the past, and changed less in the present.
 *
 * @param action that led to the frame, normalised
 */
function motionShare(action: ArrayLike<number>): number {
  return Math.min(1, Math.max(...Array.from(action, Math.abs)) / FULL_MOTION);
}

function moveTowards(latent: Float32Array, target: Float32Array, share: number): void {
  for (let index = 0; index < latent.length; index += 1)
    latent[index]! += share * (target[index]! - latent[index]!);
}
