import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { publishWorlds } from '../../src/serve/publish.ts';
import { openWorld } from '../../src/world/world.ts';
import { scratch } from '../data/footage.ts';
import { python } from '../python.ts';
import { findBrowser, launchBrowser } from '../serve/browser.ts';
import { serveFolder } from '../serve/staticServer.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const WORLD = path.join(ROOT, 'worlds/racetrack');
const EXAMPLE = path.join(ROOT, 'examples/python/play.py');
const SEED = 7;

describe('the example in Python', () => {
  it('is shorter than sixty lines', () => {
    expect(readFileSync(EXAMPLE, 'utf8').trimEnd().split('\n').length).toBeLessThan(60);
  });

  it('imagines the frames that we imagine, of a world without keyframes', async ({ skip }) => {
    const interpreter = python('onnxruntime');
    if (!interpreter) return skip('Python has no onnxruntime: the example was not run');
    const folder = path.join(scratch(), 'world');
    cpSync(WORLD, folder, { recursive: true });
    const manifest = readFileSync(path.join(folder, 'world.json'), 'utf8');
    const bare = manifest.replace(/"keyframes": \d+/, '"keyframes": 0');
    expect(bare).not.toBe(manifest);
    writeFileSync(path.join(folder, 'world.json'), bare);
    const world = await openWorld(folder);
    const { rest, keys } = world.manifest.actions;
    const pressed = ['none', ...Object.keys(keys)];
    const options = { maxBuffer: 2 ** 26 };
    const theirs = execFileSync(interpreter, [EXAMPLE, folder, pressed.join(','), String(SEED)], options);
    const session = world.newSession(SEED);
    let place = 0;
    for (const key of pressed) {
      const { rgb } = await session.step(rest.map((value, i) => value + (keys[key]?.[i] ?? 0)));
      // Another order of sums may round a colour on the edge the other way.
      const worst = rgb.reduce((most, value, i) => Math.max(most, Math.abs(value - theirs[place + i]!)), 0);
      expect(worst).toBeLessThanOrEqual(1);
      place += rgb.length;
    }
    expect(theirs.length).toBe(place);
    await world.close();
  });
});

describe('the example on the web', () => {
  const browser = findBrowser();
  if (!browser) console.log('skipped: no browser for the page (Debian: apt-get install chromium)');

  it('is ten lines', () => {
    const text = readFileSync(path.join(ROOT, 'examples/web/index.html'), 'utf8');
    expect(text.trimEnd().split('\n').length).toBeLessThanOrEqual(10);
  });

  it.skipIf(!browser)("plays in someone's page, on a host that knows nothing of it", async () => {
    const folder = scratch();
    cpSync(path.join(ROOT, 'examples/web'), folder, { recursive: true });
    await publishWorlds([WORLD], path.join(folder, 'site'));
    const host = await serveFolder(folder, {});
    const chromium = await launchBrowser(browser!);
    try {
      const page = await chromium.newPage();
      await page.goto(host.url);
      const frame = page.frameLocator('iframe');
      await frame.locator('body[data-state="watching"]').waitFor({ timeout: 120_000 });
      expect(host.missing.filter((file) => file !== '/favicon.ico')).toEqual([]);
    } finally {
      await chromium.close();
      await host.close();
      rmSync(folder, { recursive: true });
    }
  });
});
