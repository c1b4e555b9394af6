import { CLOSE } from '../closeCodes.ts';
import { type ReceivedFrame, unpackFrame } from '../frameMessage.ts';
import type { Hello, PlayerMessage, ServerMessage } from '../messages.ts';
import { withToken } from './worlds.ts';

/** Why there is no line. */
export interface Loss {
  /** The server has no room for another player. */
  readonly full: boolean;
  /** The server's own words, empty when it had none. */
  readonly reason: string;
  /** When it is tried again, if it is. */
  readonly retryMs: number | undefined;
}

/** What the page is told about its line to the world. */
export interface ConnectionEvents {
  hello(hello: Hello): void;
  frame(frame: ReceivedFrame): void;
  /** The player waits in a queue, as the `place`-th. */
  waiting(place: number): void;
  /** Nothing was heard for long; the next message wakes the world. */
  asleep(): void;
  /** What became of the wish to keep the run. */
  kept(text: string): void;
  /** The line is down; it will be tried again by itself. */
  lost(loss: Loss): void;
}

export interface Connection {
  /** Sends when the line is up; what is said to nobody is not kept. */
  send(message: PlayerMessage): void;
  /** Hangs up for good; no event follows. */
  close(): void;
}

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 5000;
/** With so many frames a line counts as good: a world that fails at once is not asked for again and again. */
const STEADY_FRAMES = 30;

/** Connects to the server that the page came from and keeps trying whenever the line breaks. */
export function connect(worlds: readonly string[], events: ConnectionEvents): Connection {
  const url = withToken('play');
  for (const id of worlds) url.searchParams.append('world', id);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  let socket: WebSocket;
  let retryMs = FIRST_RETRY_MS;
  let closed = false;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const hear = (message: ServerMessage): void => {
    if (message.type === 'waiting') events.waiting(message.place);
    else if (message.type === 'asleep') events.asleep();
    else if (message.type === 'kept') events.kept(message.text);
    else {
      // After a break, the ticket brings the same run back.
      url.searchParams.set('ticket', message.ticket);
      events.hello(message);
    }
  };

  const open = (): void => {
    let frames = 0;
    socket = new WebSocket(url);
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('message', ({ data }: MessageEvent<string | ArrayBuffer>) => {
      if (closed) return;
      if (typeof data === 'string') {
        hear(JSON.parse(data));
      } else {
        frames += 1;
        if (frames === STEADY_FRAMES) retryMs = FIRST_RETRY_MS;
        events.frame(unpackFrame(data));
      }
    });
    socket.addEventListener('close', ({ code, reason }) => {
      if (closed) return;
      const full = code === CLOSE.full;
      if (full) retryMs = LONGEST_RETRY_MS;
      events.lost({ full, reason, retryMs });
      retry = setTimeout(open, retryMs);
      retryMs = Math.min(retryMs * 2, LONGEST_RETRY_MS);
    });
  };
  open();
  return {
    send: (message) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    },
    close: () => {
      closed = true;
      clearTimeout(retry);
      socket.close();
    },
  };
}
