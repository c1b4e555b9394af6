import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import fastify from 'fastify';
import { isKnownHost } from '../../knownHost.ts';
import { readMetrics, SAMPLES } from '../runLog.ts';
import { lossCurve } from './curves.ts';
import { LIVE_SCRIPT, livePage, liveView, type StageStatus } from './page.ts';

/** The page that shows a run while it trains. */
export interface LivePage {
  readonly url: string;
  update(status: StageStatus): void;
  close(): Promise<void>;
}

const HOST = '127.0.0.1';
const PORT = 3131;
const CONTENT_SECURITY =
  "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'unsafe-inline'; img-src 'self'; frame-ancestors 'none'";

/**
 * Serves a run's curves and pictures on this machine alone, on port 3131 or, where that is taken, any other.
 *
 * @param run its folder
 */
export async function openLivePage(run: string): Promise<LivePage> {
  let status: StageStatus | undefined;
  const app = fastify();
  app.addHook('onRequest', async ({ headers }, reply) => {
    if (!isKnownHost(headers.host)) await reply.code(421).send();
  });
  app.addHook('onSend', async (_, reply) => {
    reply.header('content-security-policy', CONTENT_SECURITY).header('x-content-type-options', 'nosniff');
  });
  app.get('/', (_, reply) => reply.type('text/html').send(livePage(basename(run))));
  app.get('/live.js', (_, reply) => reply.type('text/javascript').send(LIVE_SCRIPT));
  app.get('/view', async (_, reply) => reply.type('text/html').send(await view(run, status)));
  app.get<{ Params: { name: string } }>('/samples/:name', async ({ params }, reply) => {
    if (!samplesOf(run).includes(params.name)) return reply.code(404).send();
    return reply.type('image/png').send(await readFile(join(run, SAMPLES, params.name)));
  });
  await app.listen({ host: HOST, port: PORT }).catch(() => app.listen({ host: HOST, port: 0 }));
  const address = app.server.address();
  return {
    url: `http://${HOST}:${typeof address === 'object' && address ? address.port : PORT}/`,
    update(now) {
      status = now;
    },
    close: () => app.close(),
  };
}

async function view(run: string, status: StageStatus | undefined): Promise<string> {
  const lines = readMetrics(run);
  const samples = samplesOf(run);
  const stages = [...new Set(lines.map(({ stage }) => stage))];
  return liveView(
    status,
    await Promise.all(
      stages.map(async (stage) => ({
        stage,
        curve: await lossCurve(stage, lines),
        sample: samples.findLast((name) => name.startsWith(`${stage}-`)),
      })),
    ),
  );
}

/** Pictures of a run, oldest first. */
function samplesOf(run: string): string[] {
  const folder = join(run, SAMPLES);
  return existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => name.endsWith('.png'))
        .toSorted()
    : [];
}
