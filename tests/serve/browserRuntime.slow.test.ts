import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publishWorlds } from '../../src/serve/publish.ts';
import { startServer } from '../../src/serve/server.ts';
import type { World } from '../../src/world/types.ts';
import { openWorld } from '../../src/world/world.ts';
import { makeTinyWorld } from '../world/tinyWorld.ts';
import { findBrowser, launchBrowser } from './browser.ts';
import { type StaticServer, serveFolder } from './staticServer.ts';

const executable = findBrowser();
if (executable === undefined) {
  console.warn('browser tests skipped: install Chromium (apt-get install chromium) or set CHROMIUM_PATH');
}

const ISOLATING = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
};
const PATIENCE = { timeout: 120_000 };
/** Few enough that a model of random weights does not yet make much of how its sums were rounded. */
const FRAMES = 14;
const SEED = 5;
/** From these frames on a key is held: ahead, and back to where keyframes are. */
const DRIVEN: Readonly<Record<number, string>> = { 1: 'KeyW', 5: 'KeyS' };
/** The page's worker with a GPU that computes nothing. */
const BROKEN_GPU = `
import './worker.js';
GPUComputePassEncoder.prototype.dispatchWorkgroups = () => undefined;
`;

/** A frame as the worker gives it, in a form that leaves the browser. */
interface Seen {
  readonly index: number;
  readonly steps: number;
  readonly action: number[];
  readonly picture: number[];
}

describe.skipIf(executable === undefined)('the world computed by the browser', () => {
  let root: string;
  let world: World;
  let browser: Browser;
  const hosts: StaticServer[] = [];

  const host = async (headers: Record<string, string>): Promise<StaticServer> => {
    const server = await serveFolder(root, headers);
    hosts.push(server);
    return server;
  };

  beforeAll(async () => {
    root = await makeTinyWorld();
    world = await openWorld(join(root, 'world'));
    await mkdir(join(root, 'some'));
    await publishWorlds([join(root, 'world')], join(root, 'some', 'site'));
    // A page of the same origin that does not play by itself.
    await writeFile(join(root, 'some', 'site', 'empty.html'), '<!doctype html>');
    await writeFile(join(root, 'some', 'site', 'brokenGpu.js'), BROKEN_GPU);
    browser = await launchBrowser(executable!, ['--enable-unsafe-webgpu']);
  });
  afterAll(async () => {
    await browser?.close();
    await Promise.all(hosts.map((server) => server.close()));
    await world?.close();
    await rm(root, { recursive: true, force: true });
  });

  const playing = (page: Page) => page.waitForSelector('body[data-state="watching"]', PATIENCE);

  /** Plays in the site's own worker and collects the first frames, every one of them. */
  const collect = (
    page: Page,
    backend: string,
    script = 'worker.js',
  ): Promise<{ runtime: string; frames: Seen[] }> =>
    page.evaluate(
      ({ backend, script, count, seed, driven }) =>
        new Promise((resolve, reject) => {
          const worker = new Worker(script, { type: 'module' });
          const frames: Seen[] = [];
          let runtime = '';
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.onmessage = ({ data }) => {
            if (data.type === 'failed') reject(new Error(data.reason));
            if (data.type === 'ready') runtime = data.hello.runtime;
            if (data.type !== 'frame') return;
            const { index, steps, action, picture } = data.frame;
            frames.push({ index, steps, action: [...action], picture: [...picture] });
            const held = driven[index];
            if (held) worker.postMessage({ type: 'input', sequence: index, held: { [held]: 1 } });
            if (frames.length < count) return;
            worker.terminate();
            resolve({ runtime, frames });
          };
          const at = (path: string) => new URL(path, location.href).href;
          worker.postMessage({
            type: 'open',
            worlds: [at('worlds/world/')],
            runtime: at('ort/'),
            backend,
            seed,
          });
        }),
      { backend, script, count: FRAMES, seed: SEED, driven: DRIVEN },
    );

  /** @param most levels that colours differ by in the mean */
  const sameFrames = async (frames: readonly Seen[], most: number): Promise<void> => {
    const session = world.newSession(SEED, SEED % world.manifest.starts.count);
    for (const { index, steps, action, picture } of frames) {
      const { rgb } = await (index === 0 ? session.current() : session.step(action, steps));
      const differences = picture.map((value, place) => Math.abs(value - rgb[place]!));
      // Another order of sums rounds colours on the edge the other way, and the model goes on from there.
      expect(Math.max(...differences)).toBeLessThanOrEqual(2);
      expect(differences.reduce((sum, value) => sum + value, 0)).toBeLessThan(most * rgb.length);
    }
  };

  const emptyPage = async (headers: Record<string, string>): Promise<Page> => {
    const { url } = await host(headers);
    const page = await (await browser.newContext()).newPage();
    await page.goto(`${url}some/site/empty.html`);
    return page;
  };

  const hasGpu = (page: Page) => page.evaluate(async () => Boolean(await navigator.gpu?.requestAdapter()));

  it.for([
    ['wasm', ISOLATING, /^browser, WASM × \d$/, 0.04],
    ['wasm', {}, /^browser, WASM$/, 0.04],
    // A wrong convolution is off by nine.
    ['webgpu', ISOLATING, /^browser, WebGPU$/, 0.25],
  ] as const)(
    'gives on %s the frames of the server for the same seed and actions',
    async ([backend, headers, name, most], { skip }) => {
      const page = await emptyPage(headers);
      if (backend === 'webgpu' && !(await hasGpu(page))) return skip('this Chromium has no WebGPU');
      const { runtime, frames } = await collect(page, backend);
      await page.context().close();
      expect(runtime).toMatch(name);
      expect(frames.map(({ index }) => index)).toEqual(frames.map((_, index) => index));
      const [ahead, back] = [1, -1].map(
        (sign) => frames.filter(({ action }) => sign * action[0]! > 0.2).length,
      );
      expect(ahead).toBeGreaterThan(2);
      expect(back).toBeGreaterThan(2);
      await sameFrames(frames, most);
    },
  );

  it('uses no GPU that gives other pictures', async ({ skip }) => {
    const page = await emptyPage(ISOLATING);
    if (!(await hasGpu(page))) return skip('this Chromium has no WebGPU');
    await expect(collect(page, 'webgpu', 'brokenGpu.js')).rejects.toThrow('WebGPU gives other pictures');
    await page.context().close();
  });

  it.each([
    ['with the headers for threads', ISOLATING],
    ['without them: a service worker adds them', {}],
  ])('is published to a sub-folder of a plain host, %s', async (_, headers) => {
    const server = await host(headers);
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    const page = await context.newPage();
    const problems: string[] = [];
    page.on('pageerror', ({ message }) => problems.push(message));
    await page.goto(`${server.url}some/site/`);
    await playing(page);
    expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
    expect(await page.textContent('#runtime')).toMatch(/^browser, WASM × \d$/);
    await page.keyboard.down('KeyW');
    await page.waitForSelector('body[data-state="driving"]', PATIENCE);
    expect(problems).toEqual([]);
    expect(server.missing.filter((path) => path !== '/favicon.ico')).toEqual([]);
    await context.close();
  });

  it('is published to a host that allows no threads at all', async () => {
    const { url } = await host({});
    const context = await browser.newContext({ serviceWorkers: 'block' });
    const page = await context.newPage();
    await page.goto(`${url}some/site/`);
    await playing(page);
    expect(await page.textContent('#runtime')).toBe('browser, WASM');
    await context.close();
  });

  it('can be switched to from the server and back, and is remembered', async () => {
    const server = await startServer({
      worlds: [world],
      host: '127.0.0.1',
      port: 0,
      seed: 1,
      report: () => undefined,
    });
    const page = await (await browser.newContext()).newPage();
    await page.goto(server.url);
    await page.waitForSelector('text=server', PATIENCE);
    await page.keyboard.press('KeyB');
    await page.waitForFunction(
      () => document.querySelector('#runtime')?.textContent?.startsWith('browser'),
      null,
      PATIENCE,
    );
    await playing(page);
    expect(server.players()).toBe(0);
    await page.reload();
    await page.waitForFunction(
      () => document.querySelector('#runtime')?.textContent?.startsWith('browser'),
      null,
      PATIENCE,
    );
    await page.keyboard.press('KeyB');
    await page.waitForFunction(
      () => document.querySelector('#runtime')?.textContent === 'server',
      null,
      PATIENCE,
    );
    await page.context().close();
    await server.close();
  });
});
