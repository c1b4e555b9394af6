import WebSocket from 'ws';
import { type ReceivedFrame, unpackFrame } from '../../src/serve/frameMessage.ts';
import type { Hello, PlayerMessage } from '../../src/serve/messages.ts';

/** A page without a browser. */
export interface Client {
  readonly hello: Promise<Hello>;
  readonly closed: Promise<{ code: number; reason: string }>;
  readonly frames: ReceivedFrame[];
  /** Waits for the first frame, of those that arrived and those to come, that fits. */
  frame(fits: (frame: ReceivedFrame) => boolean): Promise<ReceivedFrame>;
  send(message: PlayerMessage): void;
  sendRaw(data: string | Buffer): void;
  close(): Promise<void>;
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
  const hello = new Promise<Hello>((resolve) => {
    socket.on('message', (data: Buffer, isBinary) => {
      if (!isBinary) {
        const message: Hello = JSON.parse(data.toString());
        resolve(message);
        return;
      }
      const buffer = new ArrayBuffer(data.length);
      new Uint8Array(buffer).set(data);
      frames.push(unpackFrame(buffer));
      arrived();
    });
  });
  return {
    hello,
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
  };
}
