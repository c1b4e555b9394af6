import type { HostTensor } from '../engine/index.ts';
import type { WorldManifest } from './manifest.ts';
import { floats, type Runner } from './runner.ts';

/** What `dynamics.onnx` and `context.onnx` are told of a frame; the key-value cache comes from the memory. */
export type FrameInputs = ReadonlyMap<'latent' | 'level' | 'previous' | 'action' | 'ages', HostTensor>;

/** A copy of a cache: both [layers, 1, P, heads, window, headDim]. */
export interface SavedCache {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** The key-value cache of one imagined video, ring buffers of fixed shape, with the two graphs that use it. */
export interface FrameMemory {
  /** One denoising pass. @returns the predicted clean latent */
  denoise(frame: FrameInputs): Promise<Float32Array>;
  /** Runs `context.onnx` on a known frame and keeps its keys and values in a slot. */
  remember(frame: FrameInputs, slot: number): Promise<void>;
  save(): Promise<SavedCache>;
  load(saved: SavedCache): void;
  clear(): void;
}

/** The two graphs that a video is imagined with, described in `manifest.ts`. */
export interface DynamicsPrograms {
  /** `dynamics.onnx` */
  readonly dynamics: Runner;
  /** `context.onnx` */
  readonly context: Runner;
}

/** The shape of the cache's keys and of its values. */
export function cacheShape({ memory }: WorldManifest): number[] {
  return [memory.layers, 1, memory.tokens, memory.heads, memory.window, memory.headDim];
}

/** A memory in the host's own RAM. */
export function hostMemory(manifest: WorldManifest, { dynamics, context }: DynamicsPrograms): FrameMemory {
  const { window, headDim } = manifest.memory;
  const shape = cacheShape(manifest);
  const size = shape.reduce((product, length) => product * length, 1);
  const keys = new Float32Array(size);
  const values = new Float32Array(size);
  const withCache = (frame: FrameInputs): Map<string, HostTensor> =>
    new Map<string, HostTensor>([
      ...frame,
      ['keys', { shape, data: keys }],
      ['values', { shape, data: values }],
    ]);
  /** Puts one frame's rows [layers · P · heads, headDim] into a slot of the cache. */
  const store = (cache: Float32Array, rows: Float32Array, slot: number): void => {
    for (let row = 0; row < rows.length / headDim; row += 1) {
      cache.set(rows.subarray(row * headDim, (row + 1) * headDim), (row * window + slot) * headDim);
    }
  };
  return {
    denoise: async (frame) => floats(await dynamics.run(withCache(frame)), 'prediction'),
    remember: async (frame, slot) => {
      const outputs = await context.run(withCache(frame));
      store(keys, floats(outputs, 'newKeys'), slot);
      store(values, floats(outputs, 'newValues'), slot);
    },
    save: async () => ({ keys: keys.slice(), values: values.slice() }),
    load: (saved) => {
      keys.set(saved.keys);
      values.set(saved.values);
    },
    clear: () => {
      keys.fill(0);
      values.fill(0);
    },
  };
}
