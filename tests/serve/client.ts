import WebSocket from 'ws';
import { type ReceivedFrame, unpackFrame } from '../../src/serve/frameMessage.ts';
import type { Hello, PlayerMessage, ServerMessage } from '../../src/serve/messages.ts';

/** A page without a browser. */
export interface Client {
  readonly opened: Promise<void>;
  readonly hello: Promise<Hello & { readonly ticket: string }>;
  /** All that the server said beside frames. */
  readonly said: ServerMessage[];
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly frames: ReceivedFrame[];
  /** Waits for the first frame, of those that arrived and those to come, that fits. */
  frame(fits: (frame: ReceivedFrame) => boolean): Promise<ReceivedFrame>;
  send(message: PlayerMessage): void;
  sendRaw(data: string | Buffer): void;
  close(): Promise<void>;
  /** Cuts the line without a goodbye. */
  vanish(): void;
}

/** Connects to a server's `/play`. */
export function connectClient(port: number, query = '', headers: Record<string, string> = {}): Client {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/play${query}`, { headers });
  const frames: ReceivedFrame[] = [];
  let arrived = (): void => undefined;
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    socket.on('close', (code, reason) => {
      resolve({ code, reason: reason.toString() });
      arrived();
    });
  });
  // A refused handshake is an error and then a close; the tests look at the close.
  socket.on('error', () => undefined);
  const opened = new Promise<void>((resolve) => socket.on('open', resolve));
  const said: ServerMessage[] = [];
  const hello = new Promise<Hello & { readonly ticket: string }>((resolve) => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        const message: ServerMessage = JSON.parse(data.toString());
        said.push(message);
        if (message.type === 'hello') resolve(message);
        return;
      }
      const buffer = new ArrayBuffer(data.length);
      new Uint8Array(buffer).set(data);
      frames.push(unpackFrame(buffer));
      arrived();
    });
  });
  return {
    opened,
    hello,
    said,
    closed,
    frames,
    frame: async (fits) => {
      for (;;) {
        const found = frames.find(fits);
        if (found) return found;
        if (socket.readyState === WebSocket.CLOSED) throw new Error('closed before the frame came');
        await new Promise<void>((resolve) => {
          arrived = resolve;
        });
      }
    },
    send: (message) => socket.send(JSON.stringify(message)),
    sendRaw: (data) => socket.send(data),
    close: async () => {
      socket.close();
      await closed;
    },
    vanish: () => socket.terminate(),
  };
}
