import type { Backend } from '../../world/web/ort.ts';
import type { ReceivedFrame } from '../frameMessage.ts';
import type { PlayerMessage } from '../messages.ts';
import type { Place } from '../pageFiles.ts';
import { type Connection, type ConnectionEvents, connect } from './connection.ts';
import { createShortfall } from './shortfall.ts';
import { playHere } from './workerConnection.ts';

/** The world's line, wherever it is computed. */
export interface Runtimes {
  readonly place: Place;
  /** Whether the other place can be had. */
  readonly switchable: boolean;
  send(message: PlayerMessage): void;
  /** Goes on in the other place, and begins there next time too. */
  toggle(): void;
}

export interface RuntimeEvents extends ConnectionEvents {
  /** The world comes to this browser; told the share that is there, 0…1. */
  loading(share: number): void;
}

const CHOICE = 'reverie-place';
const MOST_SEED = 2 ** 31;

/**
 * Plays where the player said last or, without a word, on the server as long as it keeps the rate with all steps
 * and has a seat; else this browser is measured beside it and taken when it is faster.
 *
 * @param offered the places that the page has, at least one
 * @param worlds what is played: one world, or two to be compared
 */
export function createRuntimes(
  offered: readonly Place[],
  worlds: readonly string[],
  events: RuntimeEvents,
): Runtimes {
  const chosen = localStorage.getItem(CHOICE);
  let place = offered.find((candidate) => candidate === chosen) ?? offered[0]!;
  let auditioned = chosen !== null || offered.length < 2;
  let shortfall = createShortfall();
  /** A move begins a new run, so whoever drives is left where they are. */
  let driven = false;

  /** Lets only the line that is in use speak to the page. */
  const guarded = (speaks: () => boolean): ConnectionEvents => ({
    hello: (hello) => {
      if (speaks()) events.hello(hello);
      shortfall = createShortfall();
    },
    frame: (frame) => {
      if (!speaks()) return;
      events.frame(frame);
      driven = !frame.watching;
      if (place === 'server') watchServer(frame);
    },
    waiting: (place) => {
      if (!speaks()) return;
      events.waiting(place);
      if (!auditioned) audition(Number.POSITIVE_INFINITY);
    },
    asleep: () => {
      if (speaks()) events.asleep();
    },
    kept: (text) => {
      if (speaks()) events.kept(text);
    },
    lost: (loss) => {
      if (!speaks()) return;
      events.lost(loss);
      if (loss.full && !auditioned) audition(Number.POSITIVE_INFINITY);
    },
  });

  const open = (): Connection => {
    const wanted = place;
    const own = guarded(() => place === wanted);
    if (wanted === 'server') return connect(worlds, own);
    return playHere(own, { ...hereOptions(), worlds, loading: events.loading, ready: () => undefined });
  };

  const watchServer = ({ steps }: ReceivedFrame): void => {
    const frameMs = shortfall.frame(performance.now(), steps);
    if (frameMs !== undefined && !auditioned) audition(frameMs);
  };

  /** Measures this browser behind the scenes and moves there when it takes less than `serverMs` for a frame. */
  const audition = (serverMs: number): void => {
    auditioned = true;
    let hired = false;
    const candidate = playHere(
      guarded(() => hired),
      {
        ...hereOptions(),
        worlds,
        loading: () => undefined,
        ready: (measuredMs) => {
          hired = place === 'server' && !driven && measuredMs < serverMs;
          if (!hired) return candidate.close();
          place = 'browser';
          connection.close();
          connection = candidate;
        },
      },
    );
  };

  let connection = open();
  return {
    get place() {
      return place;
    },
    switchable: offered.length > 1,
    send: (message) => connection.send(message),
    toggle: () => {
      connection.close();
      auditioned = true;
      place = place === 'server' ? 'browser' : 'server';
      localStorage.setItem(CHOICE, place);
      connection = open();
    },
  };
}

/** The address may ask for a seed or a backend, as in `?seed=7&backend=wasm`. */
function hereOptions(): { backend: Backend | undefined; seed: number } {
  const asked = new URLSearchParams(location.search);
  const backend = (['webgpu', 'wasm'] as const).find((name) => name === asked.get('backend'));
  const seed = Number(asked.get('seed') ?? Number.NaN);
  return {
    backend,
    seed: Number.isInteger(seed) ? seed : Math.floor(Math.random() * MOST_SEED),
  };
}
