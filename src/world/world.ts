import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Program } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { seededRandom } from '../random.ts';
import { decodeLatent, encodeFrame } from './codec.ts';
import { type DynamicsPrograms, DynamicsState } from './dynamics.ts';
import { type WorldManifest, worldManifest } from './manifest.ts';
import type { Frame, Session, World } from './types.ts';

/** The file names that a world's folder must hold beside `world.json`. */
export const WORLD_FILES = [
  'encoder.onnx',
  'dynamics.onnx',
  'context.onnx',
  'decoder.onnx',
  'starts.bin',
] as const;

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
  const [encoder, dynamics, context, decoder] = [
    await load('encoder.onnx'),
    await load('dynamics.onnx'),
    await load('context.onnx'),
    await load('decoder.onnx'),
  ];
  const parts: Parts = { manifest, programs: { dynamics, context }, decoder, starts };
  return {
    manifest,
    folder,
    newSession: (seed, start) => new WorldSession(parts, seed, start),
    async sessionFromFrames(frames, actions, seed) {
      const latents: Float32Array[] = [];
      for (const frame of frames) latents.push(await encodeFrame(manifest, encoder, frame));
      return new WorldSession(parts, seed, undefined, { latents, actions });
    },
    async reconstruct(frames) {
      const pictures: Frame[] = [];
      for (const frame of frames) {
        const latent = await encodeFrame(manifest, encoder, frame);
        pictures.push(await decodeLatent(manifest, decoder, latent));
      }
      return pictures;
    },
    async close() {
      for (const program of [encoder, dynamics, context, decoder]) await program.release();
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

/** What a session goes on from when it does not begin with a start state. */
interface Past {
  readonly latents: readonly Float32Array[];
  readonly actions: readonly ArrayLike<number>[];
}

/** What the sessions of a world share. */
interface Parts {
  readonly manifest: WorldManifest;
  readonly programs: DynamicsPrograms;
  readonly decoder: Program;
  readonly starts: readonly Float32Array[];
}

class WorldSession implements Session {
  readonly #parts: Parts;
  #state: DynamicsState;
  #latent: Float32Array;
  /** Work runs one after the other: a frame depends on the one before it. */
  #queue: Promise<unknown>;
  #frameIndex = 0;

  constructor(parts: Parts, seed: number, start: number | undefined, past?: Past) {
    this.#parts = parts;
    const known = past ?? this.#chooseStart(seed, start);
    this.#latent = known.latents.at(-1)!;
    this.#state = new DynamicsState(parts.manifest, parts.programs, seed);
    this.#queue = this.#recall(this.#state, known);
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
    // Not through #enqueue, which hides a failure from the work that follows: here the next frame has to fail.
    this.#queue = this.#queue.then(async () => {
      this.#latent = past.latents.at(-1)!;
      this.#state = new DynamicsState(this.#parts.manifest, this.#parts.programs, seed);
      this.#frameIndex = 0;
      await this.#recall(this.#state, past);
    });
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

  async #recall(state: DynamicsState, { latents, actions }: Past): Promise<void> {
    const rest = this.#parts.manifest.actions.names.map(() => 0);
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
