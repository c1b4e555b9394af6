import { createReadStream, existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname, join } from 'node:path';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PLAYED_FILES } from '../world/web/webWorld.ts';
import { RUNTIME_FILES, runtimeFile } from './pageFiles.ts';

const TYPES: Readonly<Record<string, string>> = {
  '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm',
  '.json': 'application/json; charset=utf-8',
};
const A_DAY = 'private, max-age=86400';

/** Whether a world's files are there for a browser to play it by itself. */
export function isPlayableByBrowsers(folder: string): boolean {
  return PLAYED_FILES.every((name) => existsSync(join(folder, name)));
}

/**
 * Serves what a browser needs to compute the world itself: `world/` and `ort/`, of each a fixed list of files.
 *
 * @param admitted who may have the world
 */
export function serveGameFiles(
  app: FastifyInstance,
  folder: string,
  admitted: (request: FastifyRequest) => boolean,
): void {
  for (const name of ['world.json', ...PLAYED_FILES]) {
    app.get(`/world/${name}`, (request, reply) =>
      admitted(request) ? sendFile(reply, join(folder, name)) : reply.code(403).send('forbidden'),
    );
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
