import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type LivePage, openLivePage } from '../../src/train/live/server.ts';
import { openLog } from '../../src/train/runLog.ts';

let run: string;
let page: LivePage;

beforeAll(async () => {
  run = await mkdtemp(join(tmpdir(), 'reverie <live>-'));
  page = await openLivePage(run);
});

afterAll(async () => {
  await page.close();
  await rm(run, { recursive: true });
});

const text = async (path: string): Promise<string> => (await fetch(new URL(path, page.url))).text();

it('shows curves and the latest picture of each stage as they come', async () => {
  expect(await text('view')).toContain('Getting ready');
  expect(await text('')).not.toContain('<live>');
  const log = openLog(run, 'autoencoder', 0);
  for (let step = 10; step <= 40; step += 10) log.write({ step, loss: 1 / step, norm: 1, rate: 0.1 });
  log.write({ step: 40, heldOut: 0.03 });
  for (const step of [20, 40]) log.picture(step, { width: 1, height: 1, rgb: new Uint8Array(3) });
  log.close();
  page.update({ stage: 'autoencoder', step: 40, total: 80, loss: 0.025, msPerStep: 250 });
  const view = await text('view');
  expect(view).toContain('step 40 of 80 · loss 0.0250 · 250 ms a step · 10s left');
  expect(view).toMatch(/<svg[^>]*class="marks"/);
  expect(view).toContain('samples/autoencoder-0000040.png');
  expect(view).not.toContain('autoencoder-0000020.png');
  const picture = await fetch(new URL('samples/autoencoder-0000040.png', page.url));
  expect(picture.headers.get('content-type')).toBe('image/png');
});

it('does not answer to a name that a site has pointed at this machine', async () => {
  const status = await new Promise((resolve, reject) => {
    get(page.url, { headers: { host: 'rebound.example.com' } }, ({ statusCode }) => resolve(statusCode)).on(
      'error',
      reject,
    );
  });
  expect(status).toBe(421);
});

it('gives out nothing but pictures of the run', async () => {
  await writeFile(join(run, 'run.yaml'), 'secret');
  for (const path of ['samples/..%2Frun.yaml', 'samples/run.yaml', 'run.yaml', '../run.yaml']) {
    expect((await fetch(new URL(path, page.url))).status, path).toBe(404);
  }
});
