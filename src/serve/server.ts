import { join } from 'node:path';
import websocket, { type WebSocket } from '@fastify/websocket';
import fastify, { type FastifyError, type FastifyInstance, type FastifyRequest } from 'fastify';
import { isKnownHost, isLoopback } from '../knownHost.ts';
import type { World } from '../world/types.ts';
import { createToken, isOwnOrigin, reachableHost, tokenMatches } from './access.ts';
import { CLOSE } from './closeCodes.ts';
import { isPlayableByBrowsers, serveGameFiles } from './gameFiles.ts';
import { type Guest, type House, welcome } from './guest.ts';
import { listen } from './listen.ts';
import { bundlePage, type PageFiles, type Place } from './pageFiles.ts';
import { createPictureCoder } from './picture.ts';
import { createKeeper, PLAYTESTS } from './playtests.ts';
import type { PictureCoder } from './rawCoder.ts';
import { createSeats } from './seats.ts';
import { createShelf } from './shelf.ts';
import { createSleepers } from './sleepers.ts';
import { askedWorlds } from './worldCard.ts';

export interface ServerOptions {
  /** At least one; there are no others for anybody who asks. */
  readonly worlds: readonly World[];
  /** The address to listen on; any but this machine's own asks players for a token. */
  readonly host: string;
  /** Where a proxy in front of this server shows it. */
  readonly publicUrl?: URL | undefined;
  /** Left out: the default port or the next that is free; 0: any. */
  readonly port?: number | undefined;
  /** The same start for everybody; left out, everybody gets a different one. */
  readonly seed?: number | undefined;
  /** Who play at a time; others wait in a queue. */
  readonly mostPlayers?: number | undefined;
  /** Silence after which a player's seat is given to others, in milliseconds. */
  readonly idleMs?: number | undefined;
  /** Where takes are kept; left out: `playtests` in the working directory. */
  readonly playtests?: string | undefined;
  /** List price of this machine in dollars an hour; left out: that of a small cloud machine. */
  readonly price?: number | undefined;
  /** Left out: the best that this machine can. */
  readonly coder?: PictureCoder | undefined;
  /** Told about frames that could not be imagined. */
  report(line: string): void;
}

export interface Server {
  /** What to open in a browser, the token included. */
  readonly url: string;
  readonly port: number;
  players(): number;
  /** Says goodbye to the players and frees the port. */
  close(): Promise<void>;
}

/** About what two cores cost by the hour at the large clouds, in dollars. */
export const DEFAULT_PRICE = 0.08;
const MOST_PLAYERS = 4;
const MOST_WAITING = 32;
const MOST_SLEEPERS = 32;
const SLEEP_MS = 15 * 60_000;
const IDLE_MS = 10 * 60_000;
const MOST_MESSAGE_BYTES = 8192;
const HEARTBEAT_MS = 10_000;
const GOODBYE = 'Reverie was closed.';
const GOODBYE_MS = 500;
const MOST_SEED = 2 ** 31;
const CONTENT_SECURITY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
  "connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'self'";

/** Serves the page and plays the worlds with everybody who opens it, each in a session of their own. */
export async function startServer(options: ServerOptions): Promise<Server> {
  const { worlds, host, publicUrl } = options;
  const shelf = createShelf(worlds);
  const token = isLoopback(host) ? undefined : createToken();
  const keeper = createKeeper(options.playtests ?? PLAYTESTS);
  const app = fastify({ forceCloseConnections: true });
  // What goes wrong here is not for others to read: it may name folders of this machine.
  app.setErrorHandler<FastifyError>(async (error, _request, reply) => {
    const { statusCode = 500 } = error;
    if (statusCode >= 500) options.report(String(error));
    return reply.code(statusCode).type('text/plain; charset=utf-8').send('This did not work.');
  });
  await app.register(websocket, {
    options: { perMessageDeflate: false, maxPayload: MOST_MESSAGE_BYTES },
    preClose: (done) => done(),
  });
  // After the plugin's own, which has to know by then that a socket is asked for.
  app.addHook('onRequest', async ({ headers }, reply) => {
    if (token === undefined && !isKnownHost(headers.host, publicUrl)) {
      const why = 'Reverie does not answer to this address; behind a proxy, start it with --public-url.';
      await reply.code(421).type('text/plain; charset=utf-8').send(why);
    }
  });

  const admitted = (request: FastifyRequest): boolean => {
    if (token === undefined) return true;
    return tokenMatches(token, queryOf(request).get('token') ?? undefined);
  };
  const asked = (request: FastifyRequest) => shelf.find(askedWorlds(queryOf(request)));
  const playable = worlds.every(isPlayableByBrowsers);
  servePage(app, await bundlePage(), playable ? ['server', 'browser'] : ['server'], admitted);
  serveGameFiles(app, shelf, admitted);

  const guests = new Map<WebSocket, Guest>();
  const house: House = {
    coder: options.coder ?? createPictureCoder(),
    seats: createSeats(options.mostPlayers ?? MOST_PLAYERS, MOST_WAITING),
    sleepers: createSleepers(MOST_SLEEPERS, SLEEP_MS),
    idleMs: options.idleMs ?? IDLE_MS,
    newSeed: () => options.seed ?? Math.floor(Math.random() * MOST_SEED),
    price: options.price ?? DEFAULT_PRICE,
    keep: async (world, take) => `Kept in ${join(PLAYTESTS, await keeper.keep(world, take))}`,
    report: options.report,
  };
  let closing = false;

  app.get(
    '/play',
    {
      websocket: true,
      preValidation: async (request, reply) => {
        const { origin, host: named, 'x-forwarded-host': forwarded } = request.headers;
        const ours = isOwnOrigin(origin, [named, publicUrl?.host, ...[forwarded].flat()]);
        if (!ours || !admitted(request)) await reply.code(403).send('forbidden');
        else if (!asked(request)) await reply.code(404).send('no such world');
      },
    },
    (socket, request) => {
      // Without a listener, a socket that breaks or sends too much would end the process.
      socket.on('error', () => socket.terminate());
      keepAlive(socket);
      if (closing) return socket.close(CLOSE.goingAway, GOODBYE);
      const world = asked(request);
      if (!world) return socket.close(CLOSE.badMessage, 'no such world');
      const guest = welcome(house, world, socket, queryOf(request).get('ticket') ?? undefined);
      guests.set(socket, guest);
      // Counted until its last frame is done, so that nobody closes the world under it.
      void guest.gone.then(() => guests.delete(socket));
    },
  );

  const port = await listen(app, host, options.port);
  const query = token === undefined ? '' : `/?token=${token}`;
  return {
    url: `${publicUrl?.href.replace(/\/$/, '') ?? `http://${reachableHost(host)}:${port}`}${query}`,
    port,
    players: house.seats.taken,
    close: async () => {
      closing = true;
      const sockets = [...app.websocketServer.clients];
      const gone = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
      for (const socket of sockets) socket.close(CLOSE.goingAway, GOODBYE);
      const impatience = setTimeout(() => {
        for (const socket of sockets) socket.terminate();
      }, GOODBYE_MS);
      await Promise.all([...gone, ...[...guests.values()].map((guest) => guest.gone)]);
      clearTimeout(impatience);
      await keeper.close();
      await app.close();
    },
  };
}

function queryOf({ url }: FastifyRequest): URLSearchParams {
  return new URL(url, 'http://server').searchParams;
}

function servePage(
  app: FastifyInstance,
  page: PageFiles,
  places: readonly Place[],
  admitted: (request: FastifyRequest) => boolean,
): void {
  app.addHook('onSend', async (_request, reply) => {
    if (!reply.hasHeader('cache-control')) reply.header('cache-control', 'no-store');
    reply.headers({
      // Together they let the page use threads.
      'cross-origin-opener-policy': 'same-origin',
      'cross-origin-embedder-policy': 'require-corp',
      'cross-origin-resource-policy': 'same-origin',
      'content-security-policy': CONTENT_SECURITY,
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
  });
  app.get('/', async (request, reply) => {
    if (admitted(request)) return reply.type('text/html; charset=utf-8').send(page.html(places));
    return reply
      .code(403)
      .type('text/plain; charset=utf-8')
      .send('This world asks for a token: open the whole address that `reverie play` printed.');
  });
  app.get('/style.css', async (_request, reply) => reply.type('text/css; charset=utf-8').send(page.css));
  for (const [name, script] of page.scripts) {
    app.get(`/${name}`, async (_request, reply) => reply.type('text/javascript; charset=utf-8').send(script));
  }
}

/** Ends connections whose other end is gone without a word, such as a laptop that was closed. */
function keepAlive(socket: WebSocket): void {
  let answered = true;
  socket.on('pong', () => {
    answered = true;
  });
  const timer = setInterval(() => {
    if (!answered) socket.terminate();
    answered = false;
    socket.ping();
  }, HEARTBEAT_MS);
  socket.on('close', () => clearInterval(timer));
}
