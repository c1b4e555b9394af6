import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Program } from '../engine/program.ts';
import { UserError } from '../errors.ts';
import { decodeLatent, encodeFrame } from './codec.ts';
import { playedFiles, REPROJECTION, type WorldManifest, worldManifest } from './manifest.ts';
import { hostMemory } from './memory.ts';
import { type SessionParts, WorldSession } from './session.ts';
import { readStarts } from './starts.ts';
import type { Frame, World } from './types.ts';

/**
 * Loads an exported world.
 *
 * @throws UserError when the folder is not a world, or a file is missing or does not match its checksum
 */
export async function openWorld(folder: string): Promise<World> {
  const manifest = await readManifest(folder);
  const bytes = new Map<string, Buffer>();
  for (const name of ['encoder.onnx', ...playedFiles(manifest)])
    bytes.set(name, await readChecked(folder, name, manifest));
  const starts = readStarts(bytes.get('starts.bin')!, manifest, join(folder, 'starts.bin'));
  const load = (name: string): Promise<Program> => Program.load(bytes.get(name)!, { spin: false });
  const [encoder, dynamics, context, decoder] = [
    await load('encoder.onnx'),
    await load('dynamics.onnx'),
    await load('context.onnx'),
    await load('decoder.onnx'),
  ];
  const reprojection = bytes.has(REPROJECTION) ? await load(REPROJECTION) : undefined;
  const parts: SessionParts = {
    manifest,
    decoder,
    reprojection,
    starts,
    newMemory: () => hostMemory(manifest, { dynamics, context }),
  };
  return {
    manifest,
    folder,
    newSession: (seed, start) => new WorldSession(parts, seed, start),
    async sessionFromFrames(frames, actions, seed) {
      const latents: Float32Array[] = [];
      for (const frame of frames) latents.push(await encodeFrame(manifest, encoder, frame));
      return new WorldSession(parts, seed, undefined, {
        latents,
        actions,
        picture: frames.at(-1),
      });
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
      for (const program of [encoder, dynamics, context, decoder, reprojection]) await program?.release();
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
