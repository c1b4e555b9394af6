import type { PlayableWorld } from '../types.ts';
import type { Backend } from './ort.ts';
import { openWebWorld, type WorldFiles } from './webWorld.ts';

/** A world opened on the backend that it is played on. */
export interface ChosenBackend {
  readonly world: PlayableWorld;
  readonly backend: Backend;
  readonly threads: number;
  /** What imagining one frame takes, the median of a few. */
  readonly measuredMs: number;
}

const WARM_UP_FRAMES = 2;
const MEASURED_FRAMES = 7;
/** Fast enough to look no further: half of the time that a frame has at 30 FPS. */
const ENOUGH_MS = 1000 / 60;
const MOST_THREADS = 4;

/**
 * Opens a world on the fastest backend of this browser: a real GPU where there is one and it is fast enough or
 * faster than the processor, else WebAssembly, with threads where the page is cross-origin isolated.
 *
 * @param wanted leaves no choice
 */
export async function chooseBackend(
  files: WorldFiles,
  runtime: URL,
  wanted: Backend | undefined,
): Promise<ChosenBackend> {
  const threads = crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
  const open = async (backend: Backend): Promise<ChosenBackend> => {
    const world = await openWebWorld(files, backend, runtime, threads);
    return { world, backend, threads, measuredMs: await measure(world) };
  };
  if (wanted) return open(wanted);
  // A driver that cannot run the graphs is no reason not to play.
  const gpu = (await hasRealGpu()) ? await open('webgpu').catch(() => undefined) : undefined;
  if (gpu && gpu.measuredMs < ENOUGH_MS) return gpu;
  const cpu = await open('wasm');
  if (!gpu) return cpu;
  const [faster, slower] = gpu.measuredMs < cpu.measuredMs ? [gpu, cpu] : [cpu, gpu];
  await slower.world.close();
  return faster;
}

/** Whether WebGPU is there and not imitated by the processor. */
async function hasRealGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter();
  return adapter !== null && adapter !== undefined && !adapter.info.isFallbackAdapter;
}

async function measure(world: PlayableWorld): Promise<number> {
  const session = world.newSession(0);
  const { rest } = world.manifest.actions;
  const times: number[] = [];
  for (let frame = 0; frame < WARM_UP_FRAMES + MEASURED_FRAMES; frame += 1) {
    const began = performance.now();
    await session.step(rest);
    await session.settled();
    times.push(performance.now() - began);
  }
  return times.slice(WARM_UP_FRAMES).sort((a, b) => a - b)[MEASURED_FRAMES >> 1]!;
}
