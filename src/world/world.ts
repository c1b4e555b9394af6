import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type HostArray, Program } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { seededRandom } from '../random.ts';
import { DynamicsState } from './dynamics.ts';
import { type WorldManifest, worldManifest } from './manifest.ts';
import type { Frame, Session, World } from './types.ts';

/** The file names that a world's folder must hold beside `world.json`. */
export const WORLD_FILES = ['encoder.onnx', 'dynamics.onnx', 'decoder.onnx', 'starts.bin'] as const;

/**
 * Loads an exported world.
 *
 * @throws UserError when the folder is not a world, or a file is missing or does not match its checksum
 */
export async function openWorld(folder: string): Promise<World> {
  const manifest = await readManifest(folder);
  const bytes = new Map<string, Buffer>();
  for (const name of WORLD_FILES) bytes.set(name, await readChecked(folder, name, manifest));
  const starts = readStarts(bytes.get('starts.bin')!, manifest, folder);
  const load = (name: string): Promise<Program> => Program.load(bytes.get(name)!);
  const [encoder, dynamics, decoder] = [
    await load('encoder.onnx'),
    await load('dynamics.onnx'),
    await load('decoder.onnx'),
  ];
  const codec = new Codec(manifest, encoder, decoder);
  return {
    manifest,
    folder,
    newSession: (seed, start) => new WorldSession(manifest, dynamics, codec, starts, seed, start),
    async sessionFromFrames(frames, actions, seed) {
      const latents: Float32Array[] = [];
      for (const frame of frames) latents.push(await codec.encode(frame));
      return new WorldSession(manifest, dynamics, codec, starts, seed, undefined, { latents, actions });
    },
    async reconstruct(frames) {
      const pictures: Frame[] = [];
      for (const frame of frames) pictures.push(await codec.decode(await codec.encode(frame)));
      return pictures;
    },
    async close() {
      for (const program of [encoder, dynamics, decoder]) await program.release();
    },
  };
}

/** Reads and checks `world.json`. */
export async function readManifest(folder: string): Promise<WorldManifest> {
  const path = join(folder, 'world.json');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UserError(`${folder} is not a world (no world.json)`, 'reverie export makes one from a run');
  });
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch {
    throw new UserError(`${path} is damaged (not JSON)`, 'export the world again');
  }
  const result = worldManifest.safeParse(raw);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  throw new UserError(
    `${path} is damaged (${issue.path.join('.') || 'contents'}: ${issue.message})`,
    'export the world again',
  );
}

async function readChecked(folder: string, name: string, manifest: WorldManifest): Promise<Buffer> {
  const path = join(folder, name);
  const bytes = await readFile(path).catch(() => {
    throw new UserError(`the world ${folder} lacks ${name}`, 'export or download it again');
  });
  const found = createHash('sha256').update(bytes).digest('hex');
  if (found === manifest.files[name]) return bytes;
  throw new UserError(
    `${path} is damaged (its checksum is not that of world.json)`,
    'export or download the world again',
  );
}

function readStarts(bytes: Buffer, { latent, starts }: WorldManifest, folder: string): Float32Array[] {
  const size = latent.height * latent.width * latent.channels;
  if (bytes.length !== starts.count * size * 4) {
    throw new UserError(
      `${join(folder, 'starts.bin')} has ${bytes.length} bytes, not ${starts.count} starts of ${size * 4}`,
      'export or download the world again',
    );
  }
  const all = new Float32Array(Uint8Array.from(bytes).buffer);
  return Array.from({ length: starts.count }, (_, index) => all.slice(index * size, (index + 1) * size));
}

/** Pictures to latents and back. */
class Codec {
  readonly #manifest: WorldManifest;
  readonly #encoder: Program;
  readonly #decoder: Program;

  constructor(manifest: WorldManifest, encoder: Program, decoder: Program) {
    this.#manifest = manifest;
    this.#encoder = encoder;
    this.#decoder = decoder;
  }

  async encode({ width, height, rgb }: Frame): Promise<Float32Array> {
    const { frame } = this.#manifest;
    if (width !== frame.width || height !== frame.height) {
      throw new UserError(
        `a frame is ${width}×${height}, the world's are ${frame.width}×${frame.height}`,
        `ingest the footage with --size ${frame.width}x${frame.height}`,
      );
    }
    const data = Float32Array.from(rgb, (byte) => byte / 255);
    const output = await this.#run(this.#encoder, 'frames', 'latents', [1, height, width, 3], data);
    if (output instanceof Float32Array) return output;
    throw new Error('encoder.onnx does not give float32 latents');
  }

  async decode(latent: Float32Array): Promise<Frame> {
    const { latent: size, frame } = this.#manifest;
    const shape = [1, size.height, size.width, size.channels];
    const rgb = await this.#run(this.#decoder, 'latents', 'frames', shape, latent);
    if (rgb instanceof Uint8Array) return { width: frame.width, height: frame.height, rgb };
    throw new Error('decoder.onnx does not give uint8 frames');
  }

  async #run(
    program: Program,
    input: string,
    output: string,
    shape: number[],
    data: Float32Array,
  ): Promise<HostArray> {
    const outputs = await program.run(new Map([[input, { shape, data }]]));
    const result = outputs.get(output);
    if (!result) throw new Error(`the graph has no output ${output}`);
    return result.data;
  }
}

/** What a session goes on from when it does not begin with a start state. */
interface Past {
  readonly latents: readonly Float32Array[];
  readonly actions: readonly ArrayLike<number>[];
}

class WorldSession implements Session {
  readonly #manifest: WorldManifest;
  readonly #program: Program;
  readonly #codec: Codec;
  readonly #starts: readonly Float32Array[];
  #state: DynamicsState;
  #latent: Float32Array;
  /** Work runs one after the other: a frame depends on the one before it. */
  #queue: Promise<unknown>;
  #frameIndex = 0;

  constructor(
    manifest: WorldManifest,
    program: Program,
    codec: Codec,
    starts: readonly Float32Array[],
    seed: number,
    start: number | undefined,
    past?: Past,
  ) {
    this.#manifest = manifest;
    this.#program = program;
    this.#codec = codec;
    this.#starts = starts;
    const known = past ?? this.#chooseStart(seed, start);
    this.#latent = known.latents.at(-1)!;
    this.#state = new DynamicsState(manifest, program, seed);
    this.#queue = this.#recall(this.#state, known);
  }

  get frameIndex(): number {
    return this.#frameIndex;
  }

  current(): Promise<Frame> {
    return this.#enqueue(() => this.#codec.decode(this.#latent));
  }

  step(action: ArrayLike<number>, steps = this.#manifest.sampling.steps): Promise<Frame> {
    return this.#enqueue(async () => {
      this.#latent = await this.#state.imagine(action, steps);
      this.#frameIndex += 1;
      return this.#codec.decode(this.#latent);
    });
  }

  reset(seed: number, start?: number): void {
    const past = this.#chooseStart(seed, start);
    // Not through #enqueue, which hides a failure from the work that follows: here the next frame has to fail.
    this.#queue = this.#queue.then(async () => {
      this.#latent = past.latents.at(-1)!;
      this.#state = new DynamicsState(this.#manifest, this.#program, seed);
      this.#frameIndex = 0;
      await this.#recall(this.#state, past);
    });
    this.#queue.catch(() => undefined);
  }

  #chooseStart(seed: number, start?: number): Past {
    const index = start ?? seededRandom(seed).integer(this.#starts.length);
    const latent = this.#starts[index];
    if (!latent) throw new RangeError(`start ${index} of ${this.#starts.length} does not exist`);
    return { latents: [latent], actions: [] };
  }

  async #recall(state: DynamicsState, { latents, actions }: Past): Promise<void> {
    const rest = this.#manifest.actions.names.map(() => 0);
    for (const [index, latent] of latents.entries()) {
      await state.accept(latent, index === 0 ? rest : (actions[index - 1] ?? rest));
    }
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#queue.then(work);
    // A failure reaches the caller who asked for the frame; the queue itself goes on.
    this.#queue = result.catch(() => undefined);
    return result;
  }
}
