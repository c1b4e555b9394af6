import type { WebSocket } from '@fastify/websocket';
import type { PlayableWorld } from '../world/types.ts';
import { CLOSE } from './closeCodes.ts';
import { packFrame } from './frameMessage.ts';
import { describe, SERVER_RUNTIME } from './hello.ts';
import { createMessageRate } from './messageRate.ts';
import { parsePlayerMessage, type ServerMessage } from './messages.ts';
import { type Player, type SleepingRun, startPlayer } from './player.ts';
import type { PictureCoder } from './rawCoder.ts';
import type { Seats } from './seats.ts';
import type { Sleepers } from './sleepers.ts';
import type { Take } from './take.ts';

/** What the guests of a server share. */
export interface House {
  readonly coder: PictureCoder;
  readonly seats: Seats;
  readonly sleepers: Sleepers;
  /** Silence after which a run is put away and its seat given to others. */
  readonly idleMs: number;
  newSeed(): number;
  /** List price of this machine, in dollars an hour. */
  readonly price: number;
  /** Keeps a take. @returns what to tell the player */
  keep(world: PlayableWorld, take: Take): Promise<string>;
  report(line: string): void;
}

/** One connection to the server, from the welcome to the end. */
export interface Guest {
  /** Resolves when the connection is over and its last frame is done. */
  readonly gone: Promise<void>;
}

const MOST_KEPT = 200;
/** About half a second of pictures: beyond it, more would only make the game lag. */
const MOST_BUFFERED_BYTES = 192 * 1024;

/**
 * Plays with whoever opened the connection. Whatever they send, only this connection suffers from it.
 *
 * @param ticket of a run of this world to go on with; without one or with an old one, a new run begins
 */
export function welcome(
  house: House,
  world: PlayableWorld,
  socket: WebSocket,
  ticket: string | undefined,
): Guest {
  const { seats, sleepers } = house;
  const withinRate = createMessageRate();
  const ownTicket = sleepers.newTicket();
  let run: SleepingRun | undefined = ticket === undefined ? undefined : sleepers.take(ticket);
  if (run?.world !== world) run = undefined;
  let player: Player | undefined;
  let leave: (() => void) | undefined;
  let heard = performance.now();
  let kept = 0;
  /** Whether the video of a run is being made. */
  let keeping = false;
  let over = false;
  /** Putting a run away takes the frame that is being imagined. */
  let settling = Promise.resolve();

  const say = (message: ServerMessage): void => socket.send(JSON.stringify(message));

  const failed = (error: unknown): void => {
    house.report(error instanceof Error ? (error.stack ?? error.message) : String(error));
    dismiss(CLOSE.failed, 'The world could not imagine the next frame.');
  };

  const keep = async (take: Take | undefined): Promise<string> => {
    if (!take) return 'This run is too long to be kept.';
    if (keeping) return 'The run before is still being kept.';
    if (kept >= MOST_KEPT) return `${MOST_KEPT} takes are enough for one visit.`;
    kept += 1;
    keeping = take.worlds.length === 1;
    try {
      return await house.keep(world, take);
    } catch (error) {
      house.report(String(error));
      return 'This run could not be kept; the terminal that Reverie runs in says why.';
    } finally {
      keeping = false;
    }
  };

  const seated = (): void => {
    say({ ...describe(world, SERVER_RUNTIME, house.price), ticket: ownTicket });
    player = startPlayer({
      world,
      coder: house.coder,
      seed: house.newSeed(),
      runtime: SERVER_RUNTIME,
      run,
      show: (frame) => socket.send(packFrame(frame)),
      canShow: () => socket.readyState === socket.OPEN && socket.bufferedAmount < MOST_BUFFERED_BYTES,
      keep: (take) =>
        void keep(take).then((text) => {
          if (!over) say({ type: 'kept', text });
        }),
      failed,
    });
    run = undefined;
  };

  const enter = (): void => {
    leave = seats.ask({ seated, waits: (place) => say({ type: 'waiting', place }) });
    if (!leave) dismiss(CLOSE.full, 'Everybody wants to play. Come back a little later.');
  };

  /** Stops playing; the seat is free as soon as the last frame is done. */
  const rest = (): Promise<void> => {
    const [playing, giveBack] = [player, leave];
    player = undefined;
    leave = undefined;
    settling = settling.then(async () => {
      await playing?.stop();
      // A run that failed cannot be gone on with.
      run = (await playing?.putAway().catch(() => undefined)) ?? run;
      giveBack?.();
    });
    return settling;
  };

  const fallAsleep = (): void => {
    if (!player || performance.now() - heard < house.idleMs) return;
    void rest();
    say({ type: 'asleep' });
  };

  const wake = (): void => {
    void settling.then(() => {
      if (!over && !leave) enter();
    });
  };

  const dismiss = (code: number, reason: string): void => {
    over = true;
    void rest();
    socket.close(code, shortened(reason));
  };

  const idleTimer = setInterval(fallAsleep, Math.min(house.idleMs, 1000));
  socket.on('message', (data, isBinary) => {
    if (over) return;
    heard = performance.now();
    if (!withinRate(heard)) return dismiss(CLOSE.badMessage, 'too many messages');
    const message = isBinary ? { problem: 'binary' } : parsePlayerMessage(data.toString());
    if ('problem' in message) return dismiss(CLOSE.badMessage, `bad message: ${message.problem}`);
    if (player) player.receive(message);
    else wake();
  });
  const gone = new Promise<void>((resolve) => {
    socket.on('close', () => {
      const dismissed = over;
      over = true;
      clearInterval(idleTimer);
      void rest().then(() => {
        if (run && !dismissed) sleepers.put(ownTicket, run);
        resolve();
      });
    });
  });
  enter();
  return { gone };
}

/** The protocol allows a reason of 123 bytes. */
function shortened(reason: string): string {
  return Buffer.from(reason)
    .subarray(0, 120)
    .toString()
    .replace(/\uFFFD+$/, '');
}
