import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { renderSample } from '../../src/data/index.ts';
import { readManifest } from '../../src/world/world.ts';
import { scratch } from '../data/footage.ts';
import { findBrowser, launchBrowser } from '../serve/browser.ts';
import { reverie, startReverie } from './reverie.ts';

const SHIPPED = ['racetrack', 'garage'].map((name) =>
  path.resolve(import.meta.dirname, '../../worlds', name),
);

describe('from a clip to a world', () => {
  const folder = scratch();

  it('ingests, trains, exports and evaluates in one command', async () => {
    const video = await renderSample(folder, { seconds: 16, width: 128, height: 96, fps: 20, seed: 3 });
    const { status, out, err } = await reverie(folder, 'start', video, '--minutes', '0.3', '--no-play');
    expect(err).not.toMatch(/^\s+at /m);
    expect(status).toBe(0);
    expect(out).toContain('copy last frame');
    expect(existsSync(path.join(folder, 'reports/town/report.html'))).toBe(true);
    const manifest = await readManifest(path.join(folder, 'worlds/town'));
    expect(manifest.frame).toEqual({ width: 128, height: 96 });
    const lines = readFileSync(path.join(folder, 'runs/town/metrics.jsonl'), 'utf8').trim().split('\n');
    const lossOf = (line: string): number => JSON.parse(line).loss ?? JSON.parse(line).heldOut;
    expect(lines.every((line) => Number.isFinite(lossOf(line)))).toBe(true);
  });

  it('does not train again what is trained, and plays it', async () => {
    const before = readFileSync(path.join(folder, 'runs/town/dynamics.safetensors'));
    const video = path.join(folder, 'town.mp4');
    const again = await reverie(folder, 'start', video, '--no-play');
    expect(again.status).toBe(0);
    const longer = await reverie(folder, 'start', video, '--minutes', '9', '--no-play');
    expect(longer.status).toBe(1);
    expect(longer.err).toMatch(/runs\/town was begun with 0\.3 minutes, not with 9 minutes: remove it/);
    expect(readFileSync(path.join(folder, 'runs/town/dynamics.safetensors')).equals(before)).toBe(true);
    const bench = await reverie(folder, 'play', 'worlds/town', '--bench', '2');
    expect(bench.status).toBe(0);
    expect(bench.out).toMatch(/frames per second\s+[\d.]+/);
  });
});

describe('the worlds that ship', () => {
  it.each(SHIPPED)('%s is learned from footage that may be shipped, and says so', async (world) => {
    const manifest = await readManifest(world);
    expect(manifest.licence).toBe('MIT');
    expect(manifest.attribution).toContain('Will Roscoe');
    expect(readFileSync(path.join(world, 'README.md'), 'utf8')).toContain(manifest.attribution);
  });

  const browser = findBrowser();
  if (!browser) process.stdout.write('skipped: no browser for the page (Debian: apt-get install chromium)\n');
  it.skipIf(!browser)('open in a browser with `reverie start`, and move', async () => {
    const child = startReverie(scratch(), 'start');
    const [line] = await once(child.stdout!, 'data');
    const url = /^playing racetrack, garage at (http:\/\/127\.0\.0\.1:\d+)/.exec(String(line))?.[1];
    expect(url).toBeDefined();
    const chromium = await launchBrowser(browser!);
    try {
      const page = await chromium.newPage({ viewport: { width: 1280, height: 800 } });
      await page.goto(url!);
      await page.click('#worlds a');
      await page.waitForSelector('body[data-state="watching"]');
      const picture = async (): Promise<string> =>
        (await page.locator('canvas').first().screenshot()).toString('base64');
      await page.keyboard.down('ArrowUp');
      await page.waitForTimeout(2000);
      const first = await picture();
      await page.waitForTimeout(1000);
      expect(await picture()).not.toBe(first);
    } finally {
      await chromium.close();
      child.kill('SIGINT');
    }
    const [status] = await once(child, 'exit');
    expect(status).toBe(0);
  });
});
