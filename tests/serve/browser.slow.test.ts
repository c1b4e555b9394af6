import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readPlaytests } from '../../src/eval/playtests/read.ts';
import { tabulatePlaytests } from '../../src/eval/playtests/tabulate.ts';
import { rawCoder } from '../../src/serve/rawCoder.ts';
import { type Server, type ServerOptions, startServer } from '../../src/serve/server.ts';
import { parseTake, replayTake } from '../../src/serve/take.ts';
import type { World } from '../../src/world/types.ts';
import { findBrowser, launchBrowser } from './browser.ts';
import { fakeWorld } from './fakeWorld.ts';

const executable = findBrowser();
if (executable === undefined) {
  console.warn('browser tests skipped: install Chromium (apt-get install chromium) or set CHROMIUM_PATH');
}

const SMALL = { width: 128, height: 72 };
const LAPTOP = { viewport: { width: 1280, height: 800 } };
const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, deviceScaleFactor: 2 };
const FAIL_AFTER = { timeout: 30_000 };

/** A world that takes tell apart from others of its name. */
function checkpoint(dynamics: string): World {
  const world = fakeWorld(SMALL);
  return { ...world, manifest: { ...world.manifest, files: { 'dynamics.onnx': dynamics } } };
}

describe.skipIf(executable === undefined)('the page in a browser', () => {
  let browser: Browser;
  let server: Server;
  const problems: string[] = [];

  const serve = (options: Partial<ServerOptions> = {}) =>
    startServer({
      worlds: [fakeWorld(SMALL)],
      host: '127.0.0.1',
      port: 0,
      seed: 1,
      report: () => undefined,
      ...options,
    });

  async function open(
    options: BrowserContextOptions = LAPTOP,
    url = server.url,
    before?: () => void,
  ): Promise<Page> {
    const page = await visit(url, options, before);
    await state(page, 'watching');
    return page;
  }

  /** @param before runs in the page before its own code */
  async function visit(
    url: string,
    options: BrowserContextOptions = LAPTOP,
    before?: () => void,
  ): Promise<Page> {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    if (before) await page.addInitScript(before);
    page.setDefaultTimeout(FAIL_AFTER.timeout);
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    await page.goto(url);
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
    await expect.poll(() => picture(page)).not.toBe(before);
    expect(await page.title()).toBe('Rolling hills · Reverie');
    expect(await number(page, 'p50')).toBeGreaterThan(0);
    expect(await number(page, 'p99')).toBeGreaterThanOrEqual(await number(page, 'p50'));
    expect(await page.textContent('#steps')).toMatch(/^[12]\/2$/);
    expect(await page.isVisible('#watching')).toBe(true);
    expect(problems).toEqual([]);
  });

  it('turns right with the right arrow and left with the left one, and times the answer', async () => {
    const page = await open();
    const start = await sun(page);
    expect(start).toBeGreaterThan(0);
    await page.keyboard.down('ArrowRight');
    await state(page, 'driving');
    await expect.poll(() => sun(page), FAIL_AFTER).toBeLessThan(start);
    expect(await page.$$eval('.cap.pressed', (caps) => caps.map((cap) => cap.textContent))).toEqual(['→']);
    await page.keyboard.up('ArrowRight');
    const right = await sun(page);
    await page.keyboard.down('ArrowLeft');
    await expect.poll(() => sun(page), FAIL_AFTER).toBeGreaterThan(right);
    await page.keyboard.up('ArrowLeft');
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

  it('waits for a wish to move where people want little motion', async () => {
    const page = await visit(server.url, { ...LAPTOP, reducedMotion: 'reduce' });
    await state(page, 'paused');
    const still = await picture(page);
    await page.waitForTimeout(300);
    expect(await picture(page)).toBe(still);
    await page.click('#resume');
    await state(page, 'watching');
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
    const stands = async (): Promise<boolean> => {
      const before = await picture(page);
      await page.waitForTimeout(300);
      return (await picture(page)) === before;
    };
    expect(await stands()).toBe(false);
    await hide(true);
    await expect.poll(stands, FAIL_AFTER).toBe(true);
    await hide(false);
    await expect.poll(stands, FAIL_AFTER).toBe(false);
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

  it.each([
    [768, 1024],
    [320, 568],
  ])('has room for everything on a touch screen of %d × %d', async (width, height) => {
    const page = await open({ ...PHONE, viewport: { width, height } });
    const boxes = await page.$$eval('.tools button:not([hidden]), .stick, .pill, .hud dd', (elements) =>
      elements.map((element) => element.getBoundingClientRect().toJSON()),
    );
    for (const { left, right, bottom } of boxes.filter((box) => box.width > 0)) {
      expect(left).toBeGreaterThanOrEqual(0);
      expect(right).toBeLessThanOrEqual(width);
      expect(bottom).toBeLessThanOrEqual(height);
    }
    const [stick, picture] = await Promise.all(
      ['.stick', '#frame'].map((part) => page.locator(part).boundingBox()),
    );
    expect(stick!.y).toBeGreaterThanOrEqual(picture!.y + picture!.height);
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

  it('falls asleep when nobody is there, and a key that drives wakes it', async () => {
    const sleepy = await serve({ idleMs: 500 });
    const page = await open(LAPTOP, sleepy.url);
    await state(page, 'asleep');
    expect(await page.textContent('#state')).toBe('Asleep');
    await page.keyboard.down('KeyW');
    await state(page, 'driving');
    expect(problems).toEqual([]);
    await sleepy.close();
  });

  it('takes a remark with a note while the world waits, keeps the run and goes back in it', async () => {
    const page = await open();
    await page.keyboard.press('KeyM');
    await page.waitForSelector('#note-panel[open]');
    await state(page, 'paused');
    await page.keyboard.type('a bend');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Bookmarked', FAIL_AFTER);
    await state(page, 'watching');
    // Thought better of.
    await page.keyboard.press('Minus');
    await page.waitForSelector('#note-panel[open]');
    await page.keyboard.press('Escape');
    await state(page, 'watching');
    expect(await page.locator('.mark').count()).toBe(1);
    // What was paused before stays so.
    await page.keyboard.press('Space');
    await page.keyboard.press('Equal');
    await page.keyboard.press('Enter');
    await page.waitForSelector('text=Good here. Press K', FAIL_AFTER);
    await state(page, 'paused');
    await page.keyboard.press('Space');
    await page.keyboard.press('Backspace');
    await page.waitForTimeout(300);
    await state(page, 'watching');
    expect(problems).toEqual([]);
  });

  it('looks back with the keys and goes on from there, or from now', async () => {
    const page = await open();
    await page.keyboard.down('ArrowRight');
    await page.waitForTimeout(800);
    await page.keyboard.up('ArrowRight');
    await page.waitForTimeout(700);
    const now = await sun(page);
    await page.keyboard.press('Comma');
    await state(page, 'looking');
    for (let step = 0; step < 9; step += 1) await page.keyboard.press('ArrowLeft');
    expect(await page.getAttribute('#past', 'aria-valuetext')).toMatch(/^\d\.\d seconds ago$/);
    await page.waitForTimeout(200);
    const before = await sun(page);
    expect(before).toBeGreaterThan(now);
    await page.keyboard.press('Escape');
    await state(page, 'driving');
    await expect.poll(() => sun(page)).toBeCloseTo(now, 1);

    await page.keyboard.press('Comma');
    for (let step = 0; step < 14; step += 1) await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(200);
    const chosen = await sun(page);
    await page.keyboard.press('Enter');
    await state(page, 'driving');
    await expect.poll(() => sun(page)).toBeCloseTo(chosen, 2);
    // Arrows drive again.
    await page.keyboard.down('ArrowRight');
    await expect.poll(() => sun(page)).toBeLessThan(chosen);
    expect(problems).toEqual([]);
  });

  it('shows remarks on the line of the past, and a touch of one or of the line looks back', async () => {
    const page = await open(PHONE);
    await page.waitForTimeout(800);
    await page.tap('#bookmark');
    await page.fill('#note', 'a bend');
    await page.tap('#note-panel button');
    // Nobody can press a key here.
    await expect
      .poll(() => page.textContent('#toast'))
      .toBe('Bookmarked. Keep the run, and its remarks are kept with it.');
    await page.waitForTimeout(800);
    const mark = page.getByRole('button', { name: 'Bookmarked: a bend. Look at it' });
    await mark.tap();
    await state(page, 'looking');
    const line = (await page.locator('#past').boundingBox())!;
    await page.touchscreen.tap(line.x + 20, line.y + line.height / 2);
    await page.waitForTimeout(200);
    expect(Number(await page.inputValue('#past'))).toBeLessThan(3);
    await page.tap('#branch');
    await state(page, 'watching');
    // The remark came later than this.
    expect(await mark.count()).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
    expect(problems).toEqual([]);
  });

  it('keeps a run of two ways that is the same again, picture for picture', async () => {
    const playtests = await mkdtemp(join(tmpdir(), 'reverie-playtests-'));
    const world = checkpoint('a');
    const keeping = await serve({ worlds: [world], playtests });
    const page = await open(LAPTOP, keeping.url);
    await page.keyboard.down('ArrowRight');
    await page.waitForTimeout(1000);
    await page.keyboard.up('ArrowRight');
    for (const key of ['Comma', 'Comma', 'Comma', 'Enter']) await page.keyboard.press(key);
    await state(page, 'driving');
    await page.keyboard.down('ArrowLeft');
    await page.waitForTimeout(500);
    await page.keyboard.press('KeyK');
    await page.waitForSelector('text=Kept in', FAIL_AFTER);
    const [path] = (await readdir(playtests, { recursive: true })).filter((name) =>
      name.endsWith('take.json'),
    );
    const take = parseTake(await readFile(join(playtests, path!), 'utf8'), path!);
    const yaws = take.actions.map(([, yaw]) => Math.sign(yaw!));
    expect(yaws.lastIndexOf(1)).toBeLessThan(yaws.lastIndexOf(-1));
    let frames = 0;
    for await (const { width } of replayTake(world, take)) frames += width / SMALL.width;
    expect(frames).toBe(take.actions.length + 1);
    await keeping.close();
    await rm(playtests, { recursive: true });
  });

  it('lets two play at once, each their own way', async () => {
    const [still, turning] = [await open(), await open()];
    expect(server.players()).toBe(2);
    await still.keyboard.press('KeyZ');
    await state(still, 'driving');
    const before = await sun(still);
    await turning.keyboard.down('ArrowRight');
    await state(turning, 'driving');
    await turning.waitForTimeout(400);
    await turning.keyboard.up('ArrowRight');
    await turning.waitForTimeout(200);
    expect(await sun(still)).toBeCloseTo(before, 1);
    expect(await sun(turning)).toBeLessThan(before - 0.1);
    expect(problems).toEqual([]);
  });

  it('offers several worlds, plays the one that is chosen and goes back to the choice', async () => {
    const several = await serve({ worlds: [fakeWorld(SMALL), fakeWorld(SMALL), fakeWorld(SMALL)] });
    const page = await visit(several.url);
    await page.waitForSelector('#worlds img');
    expect(await page.locator('#worlds a').count()).toBe(3);
    expect(several.players()).toBe(0);
    // Past the first world and its tick box to the second world.
    for (const key of ['Tab', 'Tab', 'Tab', 'Enter']) await page.keyboard.press(key);
    await state(page, 'watching');
    expect(page.url()).toContain('?world=nowhere-2');
    await page.click('#home');
    await state(page, 'start');
    expect(problems).toEqual([]);
    await several.close();
  });

  it('compares two worlds blind, keeps the verdict and goes on with the next round', async () => {
    const playtests = await mkdtemp(join(tmpdir(), 'reverie-playtests-'));
    const several = await serve({ worlds: ['a', 'b'].map(checkpoint), playtests });
    const page = await visit(several.url);
    await page.waitForSelector('#compare:disabled');
    for (const box of await page.locator('#worlds input').all()) await box.check();
    await page.click('#compare');
    await state(page, 'watching');
    expect(several.players()).toBe(1);
    const frame = (await page.locator('#frame').boundingBox())!;
    expect(frame.width / frame.height).toBeCloseTo((2 * SMALL.width) / SMALL.height, 1);
    await page.keyboard.press('KeyZ');
    await page.keyboard.press('Digit3');
    await page.waitForSelector('text=Kept in', FAIL_AFTER);
    const { preferences } = tabulatePlaytests(await readPlaytests(playtests));
    expect(preferences).toMatchObject([
      {
        names: [expect.stringMatching(/^Rolling hills \(\w+\)$/), expect.stringMatching(/^Rolling/)],
        ties: 0,
      },
    ]);
    expect(preferences[0]!.wins + preferences[0]!.losses).toBe(1);
    const phone = await open(PHONE, page.url());
    await phone.tap('#neither');
    await phone.waitForSelector('text=Kept in', FAIL_AFTER);
    expect(tabulatePlaytests(await readPlaytests(playtests)).preferences[0]!.ties).toBe(1);
    expect(problems).toEqual([]);
    await several.close();
    await rm(playtests, { recursive: true });
  });

  it('does not call a comparison blind where the footage tells which is which', async () => {
    const places = ['a lane', 'a lane', 'a hall'].map((data) => {
      const world = fakeWorld(SMALL);
      return { ...world, manifest: { ...world.manifest, training: { data } } };
    });
    const several = await serve({ worlds: places });
    const page = await visit(several.url);
    const boxes = page.locator('#worlds input');
    await boxes.nth(0).check();
    await boxes.nth(1).check();
    expect(await page.textContent('#compare')).toBe('Compare blind');
    await boxes.nth(1).uncheck();
    await boxes.nth(2).check();
    expect(await page.textContent('#compare')).toBe('Compare');
    expect(await page.textContent('#compare-hint')).toContain('no blind test');
    await page.click('#compare');
    await state(page, 'watching');
    expect(await page.textContent('#description')).toContain('no blind test');
    expect(problems).toEqual([]);
    await several.close();
  });

  it('drives with other keys once they are chosen, also after it was loaded again', async () => {
    const page = await open();
    await page.keyboard.press('KeyH');
    await page.click('#help-keys button:has-text("W")');
    await page.keyboard.press('KeyE');
    await page.keyboard.press('Escape');
    await page.reload();
    await state(page, 'watching');
    await page.keyboard.down('KeyE');
    await state(page, 'driving');
    await page.waitForSelector('.cap.pressed:has-text("E")');
    await page.keyboard.up('KeyE');
    // A key that means something else swaps that, and everything that names it follows.
    await page.keyboard.press('KeyH');
    await page.click('#help-keys button:has-text("S")');
    await page.keyboard.press('KeyK');
    expect(await page.textContent('li:has-text("keep this run") kbd')).toBe('S');
    expect(await page.getAttribute('#keep', 'title')).toMatch(/ \(S\)$/);
    expect(await page.getAttribute('#keep', 'aria-keyshortcuts')).toBe('S');
    expect(problems).toEqual([]);
  });

  it('is driven by voice', async () => {
    const page = await open(LAPTOP, server.url, () => {
      class Listener {
        onresult: ((event: unknown) => void) | null = null;
        constructor() {
          Reflect.set(window, 'hear', (transcript: string) =>
            this.onresult?.({ resultIndex: 0, results: [[{ transcript }]] }),
          );
        }
        start(): void {}
        stop(): void {}
      }
      Reflect.set(window, 'SpeechRecognition', Listener);
    });
    await page.keyboard.press('KeyT');
    await page.evaluate('hear("please go forward")');
    await state(page, 'driving');
    expect(await page.$$eval('.cap.pressed', (caps) => caps.map((cap) => cap.textContent))).toEqual(['W']);
    await page.evaluate('hear("please go forward and stop")');
    await page.waitForSelector('.cap.pressed', { state: 'detached' });
    expect(problems).toEqual([]);
  });

  it('says why nothing can be heard', async () => {
    const deaf = await open(LAPTOP, server.url, () => {
      Reflect.deleteProperty(window, 'webkitSpeechRecognition');
      Reflect.deleteProperty(window, 'SpeechRecognition');
    });
    await deaf.keyboard.press('KeyT');
    await deaf.waitForSelector('text=This browser recognises no speech', FAIL_AFTER);
    // The browser of these tests has a recogniser and lets no page listen.
    const refused = await open();
    await refused.keyboard.press('KeyT');
    await refused.waitForSelector('text=Allow it the microphone', FAIL_AFTER);
    expect(problems).toEqual([]);
  });

  it('is driven by tilting the phone', async () => {
    const page = await open(PHONE);
    await page.click('#help');
    await page.click('#tilt');
    await page.waitForSelector('#tilt[aria-pressed="true"]', { ...FAIL_AFTER, state: 'attached' });
    const tilt = (beta: number, gamma: number) =>
      page.evaluate(
        (angles) => window.dispatchEvent(new DeviceOrientationEvent('deviceorientation', angles)),
        { beta, gamma },
      );
    await tilt(40, 0);
    await tilt(40, 30);
    await state(page, 'driving');
    const start = await sun(page);
    await page.waitForTimeout(250);
    expect(await sun(page)).toBeLessThan(start);
    expect(problems).toEqual([]);
  });

  it('looks around with the mouse, which a key captures', async () => {
    const page = await open();
    await page.mouse.move(400, 400);
    await page.keyboard.press('KeyL');
    await page.waitForFunction(() => document.pointerLockElement?.id === 'picture', null, FAIL_AFTER);
    for (let step = 1; step <= 12; step += 1) {
      await page.mouse.move(400 + 30 * step, 400);
      await page.waitForTimeout(16);
    }
    await state(page, 'driving');
    expect(problems).toEqual([]);
  });

  it('is driven with a gamepad, by as much as its stick is pushed', async () => {
    const page = await visit(server.url, LAPTOP, () => {
      const buttons = Array.from({ length: 17 }, () => ({ value: 0, pressed: false, touched: false }));
      const pad = { mapping: 'standard', axes: [0.5, 0, 0, 0], buttons };
      navigator.getGamepads = () => [pad as unknown as Gamepad];
    });
    await state(page, 'driving');
    const strength = await page
      .locator('.cap:has-text("D")')
      .evaluate((cap) => Number((cap as HTMLElement).style.getPropertyValue('--strength')));
    expect(strength).toBeGreaterThan(0.3);
    expect(strength).toBeLessThan(0.6);
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
