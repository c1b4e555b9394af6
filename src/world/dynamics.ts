import type { HostTensor, Program } from '../engine/index.ts';
import { fillNormal, type Random, seededRandom } from '../random.ts';
import type { WorldManifest } from './manifest.ts';

/**
 * The state of one imagined video: the last two context latents, and the key-value cache of the frames before
 * them in ring buffers of fixed shape. The graph it feeds is described in `manifest.ts`.
 */
export class DynamicsState {
  readonly #manifest: WorldManifest;
  readonly #program: Program;
  readonly #random: Random;
  readonly #size: number;
  readonly #previous: Float32Array;
  readonly #actions: Float32Array;
  readonly #keys: Float32Array;
  readonly #values: Float32Array;
  readonly #ages: Float32Array;
  #slot = 0;

  /** @param seed of all the noise that the video will be made from */
  constructor(manifest: WorldManifest, program: Program, seed: number) {
    const { latent, memory, actions } = manifest;
    this.#manifest = manifest;
    this.#program = program;
    this.#random = seededRandom(seed);
    this.#size = latent.height * latent.width * latent.channels;
    this.#previous = new Float32Array(2 * this.#size);
    this.#actions = new Float32Array(2 * actions.names.length);
    const cache = memory.layers * memory.tokens * memory.heads * (memory.window - 1) * memory.headDim;
    this.#keys = new Float32Array(cache);
    this.#values = new Float32Array(cache);
    this.#ages = new Float32Array(memory.window).fill(memory.window + 1);
  }

  /**
   * Imagines the next frame and makes it the present one.
   *
   * @param action normalised, leads from the present frame to the new one; zeros before the first frame
   * @param steps denoising passes
   * @returns its latent [h, w, C]
   */
  async imagine(action: ArrayLike<number>, steps: number): Promise<Float32Array> {
    this.#setAction(action);
    const latent = fillNormal(this.#random, new Float32Array(this.#size));
    let pass = await this.#pass(latent, 0);
    for (let step = 1; step < steps; step += 1) {
      moveTowards(latent, pass.prediction, 1 / (steps - step + 1));
      pass = await this.#pass(latent, step / steps);
    }
    this.#advance(pass, pass.prediction);
    return pass.prediction;
  }

  /** Makes a given latent the next frame, such as that of a real picture. */
  async accept(latent: Float32Array, action: ArrayLike<number>): Promise<void> {
    this.#setAction(action);
    this.#advance(await this.#pass(latent, 1), latent);
  }

  #setAction(action: ArrayLike<number>): void {
    const length = this.#manifest.actions.names.length;
    if (action.length !== length)
      throw new RangeError(`the action has ${action.length} values, not ${length}`);
    this.#actions.copyWithin(0, length);
    this.#actions.set(Array.from(action), length);
  }

  async #pass(latent: Float32Array, level: number): Promise<Pass> {
    const { latent: size, memory, sampling, actions } = this.#manifest;
    const picture = [size.height, size.width, size.channels];
    const cache = [memory.layers, 1, memory.tokens, memory.heads, memory.window - 1, memory.headDim];
    const outputs = await this.#program.run(
      new Map<string, HostTensor>([
        ['latent', { shape: [1, 1, ...picture], data: latent }],
        ['level', { shape: [1, 1], data: Float32Array.of(level) }],
        ['previous', { shape: [1, 2, ...picture], data: this.#previous }],
        ['contextLevel', { shape: [1, 1], data: Float32Array.of(sampling.contextLevel) }],
        ['actions', { shape: [1, 2, actions.names.length], data: this.#actions }],
        ['keys', { shape: cache, data: this.#keys }],
        ['values', { shape: cache, data: this.#values }],
        ['ages', { shape: [memory.window], data: this.#ages }],
      ]),
    );
    const floats = (name: string): Float32Array => {
      const data = outputs.get(name)?.data;
      if (data instanceof Float32Array) return data;
      throw new Error(`dynamics.onnx gives no float32 ${name}`);
    };
    return { prediction: floats('prediction'), keys: floats('newKeys'), values: floats('newValues') };
  }

  /** The previous frame moves into the cache, `latent` becomes the previous frame. */
  #advance(pass: Pass, latent: Float32Array): void {
    const { window } = this.#manifest.memory;
    const slots = window - 1;
    const none = window + 1;
    const previousIsThere = this.#ages[slots] === 1;
    for (let slot = 0; slot < slots; slot += 1) this.#ages[slot] = Math.min(none, this.#ages[slot]! + 1);
    if (previousIsThere && slots > 0) {
      this.#store(this.#keys, pass.keys);
      this.#store(this.#values, pass.values);
      this.#ages[this.#slot] = 2;
      this.#slot = (this.#slot + 1) % slots;
    }
    this.#ages[slots] = 1;
    this.#previous.copyWithin(0, this.#size);
    const level = this.#manifest.sampling.contextLevel;
    for (let index = 0; index < this.#size; index += 1) {
      this.#previous[this.#size + index] = level * latent[index]! + (1 - level) * this.#random.normal();
    }
  }

  #store(cache: Float32Array, rows: Float32Array): void {
    const { headDim, window } = this.#manifest.memory;
    for (let row = 0; row < rows.length / headDim; row += 1) {
      const place = (row * (window - 1) + this.#slot) * headDim;
      cache.set(rows.subarray(row * headDim, (row + 1) * headDim), place);
    }
  }
}

interface Pass {
  readonly prediction: Float32Array;
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

function moveTowards(latent: Float32Array, target: Float32Array, share: number): void {
  for (let index = 0; index < latent.length; index += 1)
    latent[index]! += share * (target[index]! - latent[index]!);
}
