import { performance } from 'node:perf_hooks';
import { startProgress } from '../cli/progress.ts';
import type { World } from '../world/types.ts';
import { FRAME_MS, SHOWN_FPS } from './clock.ts';
import type { FrameMessage } from './frameMessage.ts';
import { createPictureCoder } from './picture.ts';
import { startPlayer } from './player.ts';
import { slidingStatistics } from './statistics.ts';

/** What playing a world on this machine is like. */
export interface BenchResult {
  /** From asking for the world to its first picture. */
  readonly firstFrameMs: number;
  readonly fps: number;
  /** Imagining and coding one frame. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly frames: number;
  readonly dropped: number;
  readonly fewestSteps: number;
  readonly mostSteps: number;
}

/**
 * Plays a world with recorded actions at the full rate and with nobody looking.
 *
 * @param open loads the world; its time counts towards the first frame
 */
export async function bench(open: () => Promise<World>, seconds: number, seed: number): Promise<BenchResult> {
  const began = performance.now();
  const world = await open();
  try {
    return await measure(world, seconds, seed, began);
  } finally {
    await world.close();
  }
}

async function measure(world: World, seconds: number, seed: number, began: number): Promise<BenchResult> {
  const modelMs = slidingStatistics(Number.POSITIVE_INFINITY);
  const steps = new Set<number>();
  const progress = startProgress('bench', seconds, 's');
  let firstFrameMs: number | undefined;
  let dropped = 0;
  const show = (frame: FrameMessage): void => {
    const now = performance.now();
    // The start state only needs the decoder, so it is no sample of the loop.
    if (firstFrameMs === undefined) {
      firstFrameMs = now - began;
      return;
    }
    modelMs.add(now, frame.modelMs);
    steps.add(frame.steps);
    dropped += frame.dropped;
    progress.update(Math.min(seconds, Math.floor((now - began - firstFrameMs) / 1000)));
  };
  await new Promise<void>((resolve, reject) => {
    const player = startPlayer({
      world,
      seed,
      coder: createPictureCoder(),
      show,
      canShow: () => true,
      runtime: 'server',
      keep: () => undefined,
      failed: reject,
    });
    setTimeout(() => {
      progress.update(seconds);
      player.stop().then(resolve, reject);
    }, seconds * 1000);
  }).finally(() => progress.stop());
  return {
    firstFrameMs: firstFrameMs ?? Number.NaN,
    ...modelMs.summary(),
    frames: modelMs.values().length,
    dropped,
    fewestSteps: Math.min(...steps),
    mostSteps: Math.max(...steps),
  };
}

/** Writes a result as the lines that `reverie play --bench` prints. */
export function formatBench(name: string, seconds: number, result: BenchResult): string {
  const { fewestSteps, mostSteps, frames, dropped } = result;
  const steps = fewestSteps === mostSteps ? `${mostSteps}` : `${fewestSteps} to ${mostSteps}`;
  const rows = [
    ['time to first frame', `${result.firstFrameMs.toFixed(0)} ms`],
    ['frames per second', result.fps.toFixed(2)],
    ['model loop p50', `${result.p50.toFixed(1)} ms of ${FRAME_MS.toFixed(1)} ms`],
    ['model loop p95', `${result.p95.toFixed(1)} ms`],
    ['model loop p99', `${result.p99.toFixed(1)} ms`],
    ['dropped beats', `${dropped} of ${frames + dropped}`],
    ['denoising steps', steps],
  ];
  const lines = rows.map(([label, value]) => `  ${label!.padEnd(22)}${value}`);
  return [`${name}, ${seconds} s at ${SHOWN_FPS} FPS`, ...lines].join('\n');
}
