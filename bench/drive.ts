/**
 * A drive in a real browser: frame rate, frame times and the time from input to picture, and what memory does.
 *
 *     npx tsx bench/drive.ts worlds/racetrack --seconds 300                     computed by the server
 *     npx tsx bench/drive.ts worlds/racetrack --seconds 300 --runtime wasm      computed by the browser
 *     npx tsx bench/drive.ts worlds/racetrack --seconds 1800                    memory over half an hour
 *
 * Headless Chromium draws in software on the same cores, so a desk with a graphics card does better. Times are those
 * of drawn pictures; input counts from the key event until the picture that answers it is drawn on the canvas.
 */
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { startProgress } from '../src/cli/progress.ts';
import { DRAWN_EVENT, type DrawnPicture } from '../src/serve/page/drawnEvent.ts';
import { startServer } from '../src/serve/server.ts';
import { percentile } from '../src/serve/statistics.ts';
import { openWorld } from '../src/world/world.ts';
import { launchFoundBrowser } from '../tests/serve/browser.ts';

const WARM_UP_MS = 5000;
const KEY_MS = 700;
/** Times that memory is looked at after the first. */
const LOOKS = 10;
const BEAT_MS = 1000 / 30;
const WAY = ['KeyW', 'KeyA', 'KeyW', 'KeyD'];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '60' },
    runtime: { type: 'string', default: 'server' },
  },
});
const seconds = Number(values.seconds);
const browser = await launchFoundBrowser();
const world = await openWorld(positionals[0] ?? 'worlds/racetrack');
const server = await startServer({
  worlds: [world],
  host: '127.0.0.1',
  port: 0,
  seed: 1,
  report: (line) => process.stderr.write(`${line}\n`),
});
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
await page.addInitScript(
  (place) => localStorage.setItem('reverie-place', place),
  {
    server: 'server',
    wasm: 'browser',
  }[values.runtime] ?? 'server',
);
await page.goto(`${server.url}/?backend=wasm`);
await page.waitForSelector('body[data-state="watching"]', { timeout: 120_000 });
await page.waitForTimeout(WARM_UP_MS);
const runtime = await page.textContent('#runtime');
await collect(page);
const pictures: DrawnPicture[] = [];
const memories = [await memory(page)];
const began = performance.now();
const progress = startProgress('drive', seconds, 's');
try {
  for (let turn = 0; performance.now() - began < seconds * 1000; turn += 1) {
    const key = WAY[turn % WAY.length]!;
    await page.keyboard.down(key);
    await page.waitForTimeout(KEY_MS);
    await page.keyboard.up(key);
    const driven = (performance.now() - began) / 1000;
    progress.update(Math.min(seconds, Math.floor(driven)));
    if (driven < (seconds * memories.length) / LOOKS) continue;
    // Taken out of the page, whose memory is measured.
    pictures.push(...(await page.evaluate<DrawnPicture[]>('window.drawnPictures.splice(0)')));
    memories.push(await memory(page));
  }
} catch (error) {
  if (browser.isConnected() && !page.isClosed()) throw error;
  progress.stop();
  process.stderr.write(
    `the browser ended after ${pictures.length} pictures: is there memory for it, and nobody who kills it?\n`,
  );
  process.exit(1);
}
progress.stop();
await browser.close();
await server.close();
await world.close();

const intervals = pictures.slice(1).map(({ at }, index) => at - pictures[index]!.at);
const answers = pictures.flatMap(({ latencyMs }) => (latencyMs === undefined ? [] : [latencyMs]));
const span = pictures.at(-1)!.at - pictures[0]!.at;
const spread = (times: readonly number[]) =>
  [0.5, 0.95, 0.99].map((share) => percentile(times, share).toFixed(1)).join(' / ');
const missed = intervals.reduce((sum, time) => sum + Math.max(0, Math.round(time / BEAT_MS) - 1), 0);
const course = (of: (look: (typeof memories)[number]) => number) =>
  memories.map((look) => (of(look) / 2 ** 20).toFixed(0)).join(' ');
process.stdout.write(
  [
    `${world.manifest.name}, ${seconds} s, computed by ${runtime}`,
    `  frames per second        ${(((pictures.length - 1) * 1000) / span).toFixed(2)}`,
    `  between pictures, ms     ${spread(intervals)}   (p50 / p95 / p99)`,
    `  imagining, ms            ${spread(pictures.map(({ modelMs }) => modelMs))}`,
    `  input to picture, ms     ${spread(answers)}   of ${answers.length} inputs`,
    `  fewer passes than full   ${pictures.filter(({ steps }) => steps < world.manifest.sampling.steps).length} of ${pictures.length} pictures`,
    `  without blending         ${pictures.filter(({ steps }) => steps === 0).length} of ${pictures.length} pictures`,
    `  beats without a picture  ${missed} of ${Math.round(span / BEAT_MS)}`,
    `  server's memory, MiB     ${course(({ server }) => server)}   (from first to last)`,
    `  page's memory, MiB       ${course((look) => look.page)}   (JavaScript)`,
    '',
  ].join('\n'),
);

/** Lets the page write down every picture that it draws. */
async function collect(page: Page): Promise<void> {
  await page.evaluate((event) => {
    const drawn: unknown[] = [];
    Reflect.set(window, 'drawnPictures', drawn);
    document.addEventListener(event, (drawing) => {
      if (drawing instanceof CustomEvent) drawn.push(drawing.detail);
    });
  }, DRAWN_EVENT);
}

async function memory(page: Page): Promise<{ server: number; page: number }> {
  const session = await page.context().newCDPSession(page);
  await session.send('HeapProfiler.collectGarbage');
  await session.send('Performance.enable');
  const { metrics } = await session.send('Performance.getMetrics');
  await session.detach();
  return {
    server: process.memoryUsage().rss,
    page: metrics.find(({ name }) => name === 'JSHeapUsedSize')?.value ?? 0,
  };
}
