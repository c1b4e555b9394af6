import type { HostTensor, Program } from '../engine/index.ts';
import { fillNormal, type Random, seededRandom } from '../random.ts';
import type { WorldManifest } from './manifest.ts';

/** The two graphs that a video is imagined with, described in `manifest.ts`. */
export interface DynamicsPrograms {
  /** `dynamics.onnx` */
  readonly dynamics: Program;
  /** `context.onnx` */
  readonly context: Program;
}

/**
 * The state of one imagined video: the present frame's context latent, and the key-value cache of the frames so
 * far in ring buffers of fixed shape.
 */
export class DynamicsState {
  readonly #manifest: WorldManifest;
  readonly #programs: DynamicsPrograms;
  readonly #random: Random;
  readonly #size: number;
  readonly #keys: Float32Array;
  readonly #values: Float32Array;
  readonly #ages: Float32Array;
  /** The context latent of the present frame. */
  #previous: Float32Array;
  #slot = 0;

  /** @param seed of all the noise that the video will be made from */
  constructor(manifest: WorldManifest, programs: DynamicsPrograms, seed: number) {
    const { latent, memory } = manifest;
    this.#manifest = manifest;
    this.#programs = programs;
    this.#random = seededRandom(seed);
    this.#size = latent.height * latent.width * latent.channels;
    this.#previous = new Float32Array(this.#size);
    const cache = memory.layers * memory.tokens * memory.heads * memory.window * memory.headDim;
    this.#keys = new Float32Array(cache);
    this.#values = new Float32Array(cache);
    this.#ages = new Float32Array(memory.window).fill(memory.window + 1);
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
      const prediction = await this.#predict(latent, step / steps, action);
      if (step === steps - 1) return prediction;
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
    const level = sampling.contextLevel;
    const context = latent.map((value) => level * value + (1 - level) * this.#random.normal());
    const outputs = await this.#programs.context.run(this.#inputs(context, level, action));
    store(this.#keys, floats(outputs, 'newKeys'), this.#slot, memory);
    store(this.#values, floats(outputs, 'newValues'), this.#slot, memory);
    for (const [slot, age] of this.#ages.entries()) this.#ages[slot] = Math.min(memory.window + 1, age + 1);
    this.#ages[this.#slot] = 1;
    this.#slot = (this.#slot + 1) % memory.window;
    this.#previous = context;
  }

  async #predict(latent: Float32Array, level: number, action: ArrayLike<number>): Promise<Float32Array> {
    return floats(await this.#programs.dynamics.run(this.#inputs(latent, level, action)), 'prediction');
  }

  #inputs(latent: Float32Array, level: number, action: ArrayLike<number>): Map<string, HostTensor> {
    const { latent: size, memory, actions } = this.#manifest;
    const length = actions.names.length;
    if (action.length !== length)
      throw new RangeError(`the action has ${action.length} values, not ${length}`);
    const picture = [1, 1, size.height, size.width, size.channels];
    const cache = [memory.layers, 1, memory.tokens, memory.heads, memory.window, memory.headDim];
    return new Map([
      ['latent', { shape: picture, data: latent }],
      ['level', { shape: [1, 1], data: Float32Array.of(level) }],
      ['previous', { shape: picture, data: this.#previous }],
      ['action', { shape: [1, 1, length], data: Float32Array.from(action) }],
      ['keys', { shape: cache, data: this.#keys }],
      ['values', { shape: cache, data: this.#values }],
      ['ages', { shape: [memory.window], data: this.#ages }],
    ]);
  }
}

function floats(outputs: ReadonlyMap<string, { readonly data: unknown }>, name: string): Float32Array {
  const data = outputs.get(name)?.data;
  if (data instanceof Float32Array) return data;
  throw new Error(`the graph gives no float32 ${name}`);
}

/** Puts one frame's rows [layers · P · heads, headDim] into a slot of the cache. */
function store(
  cache: Float32Array,
  rows: Float32Array,
  slot: number,
  { headDim, window }: WorldManifest['memory'],
): void {
  for (let row = 0; row < rows.length / headDim; row += 1) {
    cache.set(rows.subarray(row * headDim, (row + 1) * headDim), (row * window + slot) * headDim);
  }
}

function moveTowards(latent: Float32Array, target: Float32Array, share: number): void {
  for (let index = 0; index < latent.length; index += 1)
    latent[index]! += share * (target[index]! - latent[index]!);
}
