import { playedFiles, REPROJECTION, type WorldManifest, worldManifest } from '../manifest.ts';
import { type FrameMemory, hostMemory } from '../memory.ts';
import { WorldSession } from '../session.ts';
import { readStarts } from '../starts.ts';
import type { PlayableWorld } from '../types.ts';
import { download } from './download.ts';
import { gpuMemory } from './gpuMemory.ts';
import { type Backend, createSession, hostRunner, loadOrt, type OrtModule } from './ort.ts';

/** A world's files, downloaded once for every backend that is tried. */
export interface WorldFiles {
  readonly manifest: WorldManifest;
  readonly bytes: ReadonlyMap<string, Uint8Array>;
}

/**
 * Downloads a world.
 *
 * @param urlOf where a file of the world is
 * @param progress told the share that is there, 0…1
 */
export async function downloadWorld(
  urlOf: (name: string) => URL,
  progress: (share: number) => void,
): Promise<WorldFiles> {
  const json = await download(urlOf('world.json'), () => undefined);
  const manifest = worldManifest.parse(JSON.parse(new TextDecoder().decode(json)));
  const names = playedFiles(manifest);
  const shares = new Map<string, number>();
  const contents = await Promise.all(
    names.map((name) =>
      download(urlOf(name), (share) => {
        shares.set(name, share);
        progress([...shares.values()].reduce((sum, value) => sum + value, 0) / names.length);
      }),
    ),
  );
  return { manifest, bytes: new Map(names.map((name, index) => [name, contents[index]!])) };
}

/**
 * Makes a downloaded world playable in this browser.
 *
 * @param runtime URL of the folder with onnxruntime-web's files
 * @param threads of one run on the CPU
 */
export async function openWebWorld(
  { manifest, bytes }: WorldFiles,
  backend: Backend,
  runtime: URL,
  threads: number,
): Promise<PlayableWorld> {
  const ort = await loadOrt(backend, runtime, threads);
  const starts = readStarts(bytes.get('starts.bin')!, manifest, 'starts.bin');
  const decoder = hostRunner(ort, await createSession(ort, backend, bytes.get('decoder.onnx')!));
  const dynamics = await createSession(ort, backend, bytes.get('dynamics.onnx')!);
  const onGpu =
    backend === 'webgpu' ? ({ newKeys: 'gpu-buffer', newValues: 'gpu-buffer' } as const) : undefined;
  const context = await createSession(ort, backend, bytes.get('context.onnx')!, onGpu);
  const device = onGpu && (await deviceOf(ort));
  const newMemory = (): FrameMemory =>
    device
      ? gpuMemory(ort, device, manifest, { dynamics, context })
      : hostMemory(manifest, { dynamics: hostRunner(ort, dynamics), context: hostRunner(ort, context) });
  const blend = bytes.get(REPROJECTION);
  const reprojection = blend && hostRunner(ort, await createSession(ort, backend, blend));
  const parts = { manifest, decoder, reprojection, starts, newMemory };
  return {
    manifest,
    newSession: (seed, start) => new WorldSession(parts, seed, start),
    close: async () => {
      await Promise.all([decoder, reprojection, dynamics, context].map((graph) => graph?.release()));
    },
  };
}

async function deviceOf(ort: OrtModule): Promise<GPUDevice> {
  const device: unknown = await ort.env.webgpu.device;
  if (device instanceof GPUDevice) return device;
  throw new Error('onnxruntime has no GPU device');
}
