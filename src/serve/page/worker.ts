import { chooseBackend } from '../../world/web/chooseBackend.ts';
import { downloadWorld } from '../../world/web/webWorld.ts';
import { describe } from '../hello.ts';
import { type Player, startPlayer } from '../player.ts';
import { rawCoder } from '../rawCoder.ts';
import type { FromWorker, OpenWorld, ToWorker } from './workerMessages.ts';

/** Plays a world in a thread of its own, so that the page stays free to draw; the loop is the server's. */

const NAMES = { webgpu: 'WebGPU', wasm: 'WASM' } as const;

let player: Player | undefined;

function say(message: FromWorker, transfer: Transferable[] = []): void {
  self.postMessage(message, { transfer });
}

function fail(error: unknown): void {
  say({ type: 'failed', reason: error instanceof Error ? error.message : String(error) });
}

async function open({ world: base, query, runtime, backend, seed }: OpenWorld): Promise<void> {
  const files = await downloadWorld(
    (name) => new URL(`${name}${query}`, base),
    (share) => say({ type: 'loading', share }),
  );
  const chosen = await chooseBackend(files, new URL(runtime), backend);
  const threads = chosen.backend === 'wasm' && chosen.threads > 1 ? ` × ${chosen.threads}` : '';
  const hello = describe(chosen.world, `browser, ${NAMES[chosen.backend]}${threads}`);
  say({ type: 'ready', hello, measuredMs: chosen.measuredMs });
  player = startPlayer({
    world: chosen.world,
    seed,
    coder: rawCoder,
    show: (frame) => {
      const picture = Uint8Array.from(frame.picture);
      say({ type: 'frame', frame: { ...frame, picture } }, [picture.buffer]);
    },
    canShow: () => true,
    runtime: hello.runtime,
    keep: (take) => say({ type: 'kept', take }),
    failed: fail,
  });
}

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'open') open(data).catch(fail);
  else player?.receive(data);
});
