import type { Frame, PlayableWorld } from '../types.ts';
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
const MOST_THREADS = 4;
/** Sums in another order may round a colour the other way, and a little more after some frames. */
const MOST_DIFFERENCE = 4;

/**
 * Opens a world on the fastest backend of this browser: a GPU where there is one that is faster than the processor
 * and gives the same pictures, else WebAssembly, with threads where the page is cross-origin isolated.
 *
 * @param wanted leaves no choice
 * @throws when a GPU is wanted that gives other pictures than the processor
 */
export async function chooseBackend(
  files: WorldFiles,
  runtime: URL,
  wanted: Backend | undefined,
): Promise<ChosenBackend> {
  const threads = crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency) : 1;
  const open = async (backend: Backend): Promise<Trial> => {
    const world = await openWebWorld(files, backend, runtime, threads);
    return { world, backend, threads, ...(await measure(world)) };
  };
  const cpu = await open('wasm');
  if (wanted === 'wasm' || !(wanted === 'webgpu' || (await hasRealGpu()))) return cpu;
  // A driver that cannot run the graphs is no reason not to play.
  const gpu = await open('webgpu').catch((error: unknown) => {
    if (wanted) throw error;
  });
  const agrees = gpu !== undefined && differs(gpu.last, cpu.last) <= MOST_DIFFERENCE;
  if (wanted && !agrees) throw new Error('WebGPU gives other pictures here than it should.');
  const [taken, left] =
    gpu && agrees && (wanted || gpu.measuredMs < cpu.measuredMs) ? [gpu, cpu] : [cpu, gpu];
  await left?.world.close();
  return taken;
}

interface Trial extends ChosenBackend {
  /** The last picture of the measurement, the same on every right backend. */
  readonly last: Frame;
}

/** Whether WebGPU is there and not imitated by the processor. */
async function hasRealGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter();
  return adapter !== null && adapter !== undefined && !adapter.info.isFallbackAdapter;
}

async function measure(world: PlayableWorld): Promise<Pick<Trial, 'measuredMs' | 'last'>> {
  const session = world.newSession(0);
  const { rest } = world.manifest.actions;
  const times: number[] = [];
  let last = await session.current();
  for (let frame = 0; frame < WARM_UP_FRAMES + MEASURED_FRAMES; frame += 1) {
    const began = performance.now();
    last = await session.step(rest);
    await session.settled();
    times.push(performance.now() - began);
  }
  const measuredMs = times.slice(WARM_UP_FRAMES).sort((a, b) => a - b)[MEASURED_FRAMES >> 1]!;
  return { measuredMs, last };
}

/** The largest difference of a colour in two pictures. */
function differs(a: Frame, b: Frame): number {
  return a.rgb.reduce((most, value, place) => Math.max(most, Math.abs(value - (b.rgb[place] ?? 0))), 0);
}
