import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { rawCoder } from '../../src/serve/rawCoder.ts';
import { type Server, type ServerOptions, startServer } from '../../src/serve/server.ts';
import { findBrowser, launchBrowser } from './browser.ts';
import { fakeWorld } from './fakeWorld.ts';

const executable = findBrowser();
if (executable === undefined) {
  console.warn('browser tests skipped: install Chromium (apt-get install chromium) or set CHROMIUM_PATH');
}

const LAPTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const FAIL_AFTER = { timeout: 30_000 };

describe.skipIf(executable === undefined)('the page in a browser', () => {
  let browser: Browser;
  let server: Server;
  const problems: string[] = [];

  const serve = (options: Partial<ServerOptions> = {}) =>
    startServer({
      worlds: [fakeWorld({ width: 128, height: 72 })],
      host: '127.0.0.1',
      port: 0,
      seed: 1,
      report: () => undefined,
      ...options,
    });

  async function open(options: BrowserContextOptions = LAPTOP, url = server.url): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    page.setDefaultTimeout(FAIL_AFTER.timeout);
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(url);
    await state(page, 'watching');
    return page;
  }

  const state = (page: Page, name: string) => page.waitForSelector(`body[data-state="${name}"]`, FAIL_AFTER);

  /** Where the sun stands, 0 at the left … 1 at the right. */
  const sun = (page: Page) =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('#picture')!;
      const row = canvas
        .getContext('2d')!
        .getImageData(0, Math.round(canvas.height * 0.24), canvas.width, 1).data;
      let brightest = 0;
      for (let x = 0; x < canvas.width; x += 1) if (row[4 * x + 1]! > row[4 * brightest + 1]!) brightest = x;
      return brightest / canvas.width;
    });

  const picture = (page: Page) =>
    page.evaluate(() => document.querySelector<HTMLCanvasElement>('#picture')!.toDataURL('image/jpeg', 0.3));

  const number = async (page: Page, id: string) => Number(await page.textContent(`#${id}`));

  beforeAll(async () => {
    browser = await launchBrowser(executable!);
    server = await serve();
  });
  afterEach(async () => {
    await Promise.all(browser.contexts().map((context) => context.close()));
    problems.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  it('plays itself at first, moves, and measures what it shows', async () => {
    const page = await open();
    const before = await picture(page);
    await page.waitForFunction(
      () => Number(document.querySelector('#fps')?.textContent) > 5,
      null,
      FAIL_AFTER,
    );
    expect(await picture(page)).not.toBe(before);
    expect(await page.title()).toBe('Rolling hills · Reverie');
    expect(await number(page, 'p50')).toBeGreaterThan(0);
    expect(await number(page, 'p99')).toBeGreaterThanOrEqual(await number(page, 'p50'));
    expect(await page.textContent('#steps')).toMatch(/^[12]\/2$/);
    expect(await page.isVisible('#watching')).toBe(true);
    expect(problems).toEqual([]);
  });

  it('turns right with the right arrow and left with the left one, and times the answer', async () => {
    const page = await open();
    await page.keyboard.down('ArrowRight');
    await state(page, 'driving');
    const start = await sun(page);
    await page.waitForTimeout(250);
    const right = await sun(page);
    expect(right).toBeLessThan(start);
    expect(await page.$$eval('.cap.pressed', (caps) => caps.map((cap) => cap.textContent))).toEqual(['→']);
    await page.keyboard.up('ArrowRight');
    await page.keyboard.down('ArrowLeft');
    await page.waitForTimeout(400);
    const left = await sun(page);
    await page.keyboard.up('ArrowLeft');
    expect(left).toBeGreaterThan(right);
    await page.waitForFunction(
      () => Number(document.querySelector('#latency')?.textContent) > 0,
      null,
      FAIL_AFTER,
    );
    expect(problems).toEqual([]);
  });

  it('does everything without a mouse', async () => {
    const page = await open();
    await page.keyboard.press('KeyZ');
    await state(page, 'driving');
    await page.keyboard.press('Space');
    await state(page, 'paused');
    await page.keyboard.press('KeyP');
    await state(page, 'driving');
    await page.keyboard.press('KeyV');
    await state(page, 'watching');
    for (const [key, panel] of [
      ['KeyH', '#help-panel'],
      ['?', '#help-panel'],
      ['KeyI', '#info-panel'],
    ] as const) {
      await page.keyboard.press(key);
      await page.waitForSelector(`${panel}[open]`);
      await page.keyboard.press('Escape');
      await page.waitForSelector(`${panel}:not([open])`, { state: 'attached' });
    }
    await page.focus('#pause');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('restart');
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.press('Enter');
    await state(page, 'paused');
    await page.keyboard.press('KeyW');
    await state(page, 'driving');
    await page.keyboard.press('KeyF');
    await page.waitForFunction(() => document.fullscreenElement !== null);
    expect(problems).toEqual([]);
  });

  it('starts again and elsewhere', async () => {
    const page = await open();
    await page.keyboard.press('Space');
    await state(page, 'paused');
    await page.keyboard.press('KeyR');
    await page.waitForTimeout(300);
    const start = await picture(page);
    await page.keyboard.press('KeyN');
    await page.waitForTimeout(300);
    expect(await picture(page)).not.toBe(start);
    expect(problems).toEqual([]);
  });

  it('pauses while its tab is hidden', async () => {
    const page = await open();
    const hide = (hidden: boolean) =>
      page.evaluate((value) => {
        Object.defineProperty(document, 'hidden', { configurable: true, get: () => value });
        document.dispatchEvent(new Event('visibilitychange'));
      }, hidden);
    await hide(true);
    await page.waitForTimeout(300);
    const still = await picture(page);
    await page.waitForTimeout(300);
    expect(await picture(page)).toBe(still);
    await hide(false);
    await page.waitForTimeout(500);
    expect(await picture(page)).not.toBe(still);
  });

  it('fits a phone and is driven with a finger', async () => {
    const page = await open(PHONE);
    const stick = (await page.locator('.stick').boundingBox())!;
    const frame = (await page.locator('#frame').boundingBox())!;
    expect(frame.width).toBeCloseTo(390, 0);
    expect(stick.y).toBeGreaterThan(frame.y + frame.height);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(await page.isVisible('#keys')).toBe(false);
    const touch = await page.context().newCDPSession(page);
    const [x, y] = [stick.x + stick.width / 2, stick.y + stick.height / 2];
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints: [{ x, y }] });
    await touch.send('Input.dispatchTouchEvent', { type: 'touchMove', touchPoints: [{ x: x + 90, y }] });
    await state(page, 'driving');
    const start = await sun(page);
    await page.waitForTimeout(250);
    expect(await sun(page)).toBeLessThan(start);
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] });
    expect(await page.locator('.stick.held').count()).toBe(0);
    expect(problems).toEqual([]);
  });

  it('shows raw pixels in the same colours', async () => {
    const raw = await serve({ coder: rawCoder });
    const pages = [await open(LAPTOP, server.url), await open(LAPTOP, raw.url)];
    const skies = await Promise.all(
      pages.map((page) =>
        page.evaluate(() => {
          const canvas = document.querySelector<HTMLCanvasElement>('#picture')!;
          return [...canvas.getContext('2d')!.getImageData(20, 4, 1, 1).data];
        }),
      ),
    );
    skies[0]!.forEach((value, channel) => {
      expect(Math.abs(value - skies[1]![channel]!)).toBeLessThan(8);
    });
    expect(problems).toEqual([]);
    await raw.close();
  });

  it('says who is first in the queue, and lets them in when a seat is free', async () => {
    const bench = await serve({ mostPlayers: 1 });
    const first = await open(LAPTOP, bench.url);
    const second = await (await browser.newContext(LAPTOP)).newPage();
    await second.goto(bench.url);
    await second.waitForSelector('text=All seats are taken', FAIL_AFTER);
    expect(await second.textContent('#notice')).toContain('You are next');
    await first.close();
    await state(second, 'watching');
    await bench.close();
  });

  it('takes a remark with a note while the world waits, keeps the run and goes back in it', async () => {
    const page = await open();
    await page.keyboard.press('KeyM');
    await page.waitForSelector('#note-panel[open]');
    await state(page, 'paused');
    await page.keyboard.type('a bend');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Bookmarked', FAIL_AFTER);
    await state(page, 'watching');
    await page.keyboard.press('Backspace');
    await page.waitForTimeout(300);
    await state(page, 'watching');
    expect(problems).toEqual([]);
  });

  it('says that the connection is lost and comes back by itself', async () => {
    const page = await open();
    const { port } = server;
    await server.close();
    await state(page, 'connecting');
    expect(await page.textContent('#notice')).toContain('Connection lost');
    server = await serve({ port });
    await state(page, 'watching');
  });
});
