import { chooseBackend } from '../../world/web/chooseBackend.ts';
import { downloadWorld, openWebWorld } from '../../world/web/webWorld.ts';
import { describe } from '../hello.ts';
import { PairWorld } from '../pair.ts';
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

async function open({ worlds, runtime, backend, seed }: OpenWorld): Promise<void> {
  const shares = worlds.map(() => 0);
  const files = await Promise.all(
    worlds.map((folder, index) =>
      downloadWorld(
        (name) => fileOf(folder, name),
        (share) => {
          shares[index] = share;
          say({ type: 'loading', share: shares.reduce((sum, value) => sum + value, 0) / worlds.length });
        },
      ),
    ),
  );
  const chosen = await chooseBackend(files[0]!, new URL(runtime), backend);
  // The second world is not asked where it likes to be: both are to have the same conditions.
  const second = files[1] && (await openWebWorld(files[1], chosen.backend, new URL(runtime), chosen.threads));
  const world = second ? new PairWorld(chosen.world, second) : chosen.world;
  const threads = chosen.backend === 'wasm' && chosen.threads > 1 ? ` × ${chosen.threads}` : '';
  const hello = describe(world, `browser, ${NAMES[chosen.backend]}${threads}`, 0);
  say({ type: 'ready', hello, measuredMs: chosen.measuredMs * worlds.length });
  player = startPlayer({
    world,
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

function fileOf(folder: string, name: string): URL {
  const url = new URL(name, folder);
  url.search = new URL(folder).search;
  return url;
}

self.addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  if (data.type === 'open') open(data).catch(fail);
  else player?.receive(data);
});
