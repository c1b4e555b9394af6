import type { HostTensor } from '../engine/index.ts';
import type { WorldManifest } from './manifest.ts';
import { floats, type Runner } from './runner.ts';

/** What `dynamics.onnx` and `context.onnx` are told of a frame; the key-value cache comes from the memory. */
export type FrameInputs = ReadonlyMap<'latent' | 'level' | 'previous' | 'action' | 'ages', HostTensor>;

/** What one frame left in the cache: keys and values, both [layers, 1, P, heads, 1, headDim]. */
export interface FrameRows {
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/** What each slot of a cache holds. The rows are shared with the cache and with other copies; nobody changes them. */
export type SavedCache = readonly (FrameRows | undefined)[];

/** The key-value cache of one imagined video, ring buffers of fixed shape, with the two graphs that use it. */
export interface FrameMemory {
  /** One denoising pass. @returns the predicted clean latent */
  denoise(frame: FrameInputs): Promise<Float32Array>;
  /** Runs `context.onnx` on a known frame and keeps its keys and values in a slot. */
  remember(frame: FrameInputs, slot: number): Promise<void>;
  save(): SavedCache;
  load(saved: SavedCache): void;
}

/** The two graphs that a video is imagined with, described in `manifest.ts`. */
export interface DynamicsPrograms {
  /** `dynamics.onnx` */
  readonly dynamics: Runner;
  /** `context.onnx` */
  readonly context: Runner;
}

/** The shape of the cache's keys and of its values. */
export function cacheShape({ memory }: Pick<WorldManifest, 'memory'>): number[] {
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
  const put = (cache: Float32Array, rows: Float32Array, slot: number): void => {
    for (let row = 0; row < rows.length / headDim; row += 1) {
      cache.set(rows.subarray(row * headDim, (row + 1) * headDim), (row * window + slot) * headDim);
    }
  };
  const store = (rows: FrameRows, slot: number): void => {
    put(keys, rows.keys, slot);
    put(values, rows.values, slot);
  };
  const slots = newSlots(manifest, store);
  return {
    denoise: async (frame) => floats(await dynamics.run(withCache(frame)), 'prediction'),
    remember: async (frame, slot) => {
      const outputs = await context.run(withCache(frame));
      const rows = { keys: floats(outputs, 'newKeys'), values: floats(outputs, 'newValues') };
      store(rows, slot);
      slots.hold(rows, slot);
    },
    save: slots.save,
    load: slots.load,
  };
}

/** Which rows lie in which slot of a cache, and what changes when others should. */
export interface Slots {
  /** Notes what was stored in a slot. */
  hold(rows: FrameRows, slot: number): void;
  save(): SavedCache;
  load(saved: SavedCache): void;
}

/**
 * The slots of an empty cache.
 *
 * @param store writes rows to a slot of the cache itself
 */
export function newSlots(manifest: WorldManifest, store: (rows: FrameRows, slot: number) => void): Slots {
  const size = cacheShape({ memory: { ...manifest.memory, window: 1 } }).reduce((a, b) => a * b, 1);
  const empty: FrameRows = { keys: new Float32Array(size), values: new Float32Array(size) };
  const held: (FrameRows | undefined)[] = Array.from({ length: manifest.memory.window }, () => undefined);
  return {
    hold(rows, slot) {
      held[slot] = rows;
    },
    save: () => [...held],
    load(saved) {
      for (const [slot, rows] of saved.entries()) {
        if (held[slot] === rows) continue;
        held[slot] = rows;
        store(rows ?? empty, slot);
      }
    },
  };
}
