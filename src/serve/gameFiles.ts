import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { playedFiles } from '../world/manifest.ts';
import type { World } from '../world/types.ts';
import { RUNTIME_FILES, runtimeFile } from './pageFiles.ts';
import { posterOf, type Shelf } from './shelf.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json; charset=utf-8',
};
const A_DAY = 'private, max-age=86400';

/** Whether a world's files are there for a browser to play it by itself. */
export function isPlayableByBrowsers({ folder, manifest }: World): boolean {
  return playedFiles(manifest).every((name) => existsSync(join(folder, name)));
}

/**
 * Serves what the start screen shows of the worlds, and what a browser needs to compute them itself: `worlds/` and
 * `ort/`, of each a fixed list of files.
 *
 * @param admitted who may have the worlds
 */
export function serveGameFiles(
  app: FastifyInstance,
  { cards, world }: Shelf,
  admitted: (request: FastifyRequest) => boolean,
): void {
  const serve = (path: string, send: (reply: FastifyReply) => Promise<FastifyReply>): void => {
    app.get(path, (request, reply) => (admitted(request) ? send(reply) : reply.code(403).send('forbidden')));
  };
  serve('/worlds.json', async (reply) => reply.send(cards));
  for (const { id } of cards) {
    const shown = world(id)!;
    let poster: Promise<Buffer> | undefined;
    serve(`/worlds/${id}/poster.png`, async (reply) => {
      poster ??= posterOf(shown);
      return reply.type('image/png').send(await poster);
    });
    if (!isPlayableByBrowsers(shown)) continue;
    for (const name of ['world.json', ...playedFiles(shown.manifest)]) {
      serve(`/worlds/${id}/${name}`, (reply) => sendFile(reply, join(shown.folder, name)));
    }
  }
  for (const name of RUNTIME_FILES) {
    app.get(`/ort/${name}`, (_request, reply) =>
      sendFile(reply.header('cache-control', A_DAY), runtimeFile(name)),
    );
  }
}

async function sendFile(reply: FastifyReply, path: string): Promise<FastifyReply> {
  const { size } = await stat(path);
  return reply
    .type(TYPES[extname(path)] ?? 'application/octet-stream')
    .header('content-length', size)
    .send(createReadStream(path));
}
