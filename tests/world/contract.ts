import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';

/** The parts of `world.json` that playing needs. */
export interface Facts {
  readonly frame: { readonly width: number; readonly height: number };
  readonly latent: { readonly width: number; readonly height: number; readonly channels: number };
  readonly actions: { readonly names: readonly string[] };
  readonly sampling: { readonly steps: number; readonly contextLevel: number };
  readonly memory: Readonly<Record<'window' | 'layers' | 'heads' | 'headDim' | 'tokens', number>>;
}

interface Remembered {
  readonly frame: number;
  readonly keys: Float32Array;
  readonly values: Float32Array;
}

/**
 * Plays a world with plain onnxruntime, from nothing but what `src/world/manifest.ts` says of the files: no code
 * is shared with the runtime. The cache is a list, not a ring.
 *
 * @param noise standard normal numbers, in the order in which they are wanted
 * @returns the frames after each action
 */
export async function playPlainly(
  folder: string,
  start: number,
  actions: readonly (readonly number[])[],
  noise: () => number,
): Promise<Uint8Array[]> {
  const facts = JSON.parse(await readFile(join(folder, 'world.json'), 'utf8')) as Facts;
  const { latent, memory, sampling } = facts;
  const dynamics = await InferenceSession.create(join(folder, 'dynamics.onnx'));
  const decoder = await InferenceSession.create(join(folder, 'decoder.onnx'));
  const size = latent.height * latent.width * latent.channels;
  const picture = [latent.height, latent.width, latent.channels];
  const zeros = new Array<number>(size).fill(0);
  const rest = facts.actions.names.map(() => 0);
  const slots = memory.window - 1;
  const rows = memory.layers * memory.tokens * memory.heads;

  const contexts: number[][] = [];
  const taken: (readonly number[])[] = [];
  const memories: Remembered[] = [];
  const bytes = await readFile(join(folder, 'starts.bin'));
  const first = Array.from({ length: size }, (_, index) => bytes.readFloatLE((start * size + index) * 4));
  taken.push(rest);
  conclude(first, await pass(first, 1));

  const frames: Uint8Array[] = [];
  for (const action of actions) {
    taken.push(action);
    let x = Array.from({ length: size }, noise);
    let outputs = await pass(x, 0);
    for (let step = 1; step < sampling.steps; step += 1) {
      // On the straight line from the noise at level 0 to the clean latent at level 1.
      const [from, to] = [(step - 1) / sampling.steps, step / sampling.steps];
      const prediction = floats(outputs.prediction);
      x = x.map((value, index) => value + ((to - from) / (1 - from)) * (prediction[index]! - value));
      outputs = await pass(x, to);
    }
    const clean = [...floats(outputs.prediction)];
    conclude(clean, outputs);
    const picture = await decoder.run({
      latents: new Tensor('float32', Float32Array.from(clean), [
        1,
        latent.height,
        latent.width,
        latent.channels,
      ]),
    });
    frames.push(Uint8Array.from(picture.frames!.data as Uint8Array));
  }
  await dynamics.release();
  await decoder.release();
  return frames;

  /** One denoising pass of the frame that comes next. */
  async function pass(x: readonly number[], level: number): Promise<Record<string, Tensor>> {
    const t = contexts.length;
    const kept = memories.slice(-slots);
    const previous = [contexts[t - 2] ?? zeros, contexts[t - 1] ?? zeros].flat();
    const ages = Array.from({ length: slots }, (_, slot) =>
      kept[slot] ? t - kept[slot].frame : memory.window + 1,
    );
    const cache = [memory.layers, 1, memory.tokens, memory.heads, slots, memory.headDim];
    const stored = (part: 'keys' | 'values'): Tensor => {
      const data = new Float32Array(rows * slots * memory.headDim);
      for (const [slot, entry] of kept.entries()) {
        for (let row = 0; row < rows; row += 1) {
          const vector = entry[part].subarray(row * memory.headDim, (row + 1) * memory.headDim);
          data.set(vector, (row * slots + slot) * memory.headDim);
        }
      }
      return new Tensor('float32', data, cache);
    };
    const tensor = (data: readonly number[], shape: readonly number[]): Tensor =>
      new Tensor('float32', Float32Array.from(data), shape);
    return dynamics.run({
      latent: tensor(x, [1, 1, ...picture]),
      level: tensor([level], [1, 1]),
      previous: tensor(previous, [1, 2, ...picture]),
      contextLevel: tensor([sampling.contextLevel], [1, 1]),
      actions: tensor([taken[t - 1] ?? rest, taken[t]!].flat(), [1, 2, rest.length]),
      keys: stored('keys'),
      values: stored('values'),
      ages: tensor([...ages, t === 0 ? memory.window + 1 : 1], [memory.window]),
    });
  }

  /** Frame t is known: the cache takes in frame t − 1, and frame t becomes context. */
  function conclude(clean: readonly number[], outputs: Record<string, Tensor>): void {
    const t = contexts.length;
    if (t > 0)
      memories.push({ frame: t - 1, keys: floats(outputs.newKeys), values: floats(outputs.newValues) });
    const level = sampling.contextLevel;
    contexts.push(clean.map((value) => level * value + (1 - level) * noise()));
  }
}

function floats(tensor: Tensor | undefined): Float32Array {
  if (tensor?.data instanceof Float32Array) return Float32Array.from(tensor.data);
  throw new Error('a float32 tensor was expected');
}
