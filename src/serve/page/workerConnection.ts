import type { Backend } from '../../world/web/ort.ts';
import type { Connection, ConnectionEvents } from './connection.ts';
import { downloadTake } from './downloadTake.ts';
import type { FromWorker, ToWorker } from './workerMessages.ts';
import { withToken } from './worlds.ts';

export interface WorkerOptions {
  readonly backend: Backend | undefined;
  readonly seed: number;
  /** What is played: one world, or two to be compared. */
  readonly worlds: readonly string[];
  /** Told the share of the world that is downloaded, 0…1. */
  loading(share: number): void;
  /** The world is about to play; told what a frame takes here. */
  ready(measuredMs: number): void;
}

/** Plays the world in this browser: a worker stands where the server would. */
export function playHere(events: ConnectionEvents, options: WorkerOptions): Connection {
  const worker = new Worker(new URL('worker.js', location.href), { type: 'module' });
  const send = (message: ToWorker): void => worker.postMessage(message);
  const failed = (reason: string): void => events.lost({ full: false, reason, retryMs: undefined });
  worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (data.type === 'loading') options.loading(data.share);
    else if (data.type === 'frame') events.frame(data.frame);
    else if (data.type === 'kept') events.kept(downloadTake(data.take));
    else if (data.type === 'failed') failed(data.reason);
    else {
      options.ready(data.measuredMs);
      events.hello(data.hello);
    }
  });
  worker.addEventListener('error', ({ message }) => failed(message));
  send({
    type: 'open',
    worlds: options.worlds.map((id) => withToken(`worlds/${id}/`).href),
    runtime: new URL('ort/', location.href).href,
    backend: options.backend,
    seed: options.seed,
  });
  return { send, close: () => worker.terminate() };
}
