// Makes the README's pictures, and the table in the world's card, from what the commands of Reverie wrote:
//   npm run pictures -- WORLD [RUN REPORT]

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { ffmpegPath, renderSample } from '../src/data/index.ts';
import { encodePng, tile } from '../src/data/pictures.ts';
import { startServer } from '../src/serve/server.ts';
import { readMetrics } from '../src/train/index.ts';
import { STAGES } from '../src/train/loop.ts';
import { type Frame, openWorld } from '../src/world/index.ts';
import { launchFoundBrowser } from '../tests/serve/browser.ts';

const PLAY = { seconds: 9, shownFps: 10, enlarge: 3, seed: 3, lookBack: 30 };

/** A turn out of view and back, every so many frames of it shown. */
const TURN = { frames: 16, every: 2, seed: 2 };

const LABELS = { seconds: 12, width: 256, height: 192, fps: 20, seed: 1 };

const [world, run, report] = process.argv.slice(2);
if (!world) throw new Error('usage: npm run pictures -- WORLD [RUN REPORT]');
await playAnimation(world);
await playPage(world);
await turnAndBack(world);
await labelOverlay();
if (run) await lossCurve(run);
if (report) {
  await evaluationTable(report);
  evaluationInCard(world, report);
}

/** A drive by the world's own demonstration, as an animated WebP. */
async function playAnimation(folder: string): Promise<void> {
  const opened = await openWorld(folder);
  const { manifest } = opened;
  const session = opened.newSession(PLAY.seed);
  const actions = manifest.actions.demos.flat();
  const frames: Frame[] = [];
  for (let t = 0; t < PLAY.seconds * manifest.fps; t++) {
    frames.push(await session.step(actions[t % actions.length] ?? manifest.actions.rest));
  }
  await opened.close();
  const { width, height } = manifest.frame;
  ffmpeg(
    Buffer.concat(frames.map(({ rgb }) => rgb)),
    ...[
      '-f',
      'rawvideo',
      '-pix_fmt',
      'rgb24',
      '-s',
      `${width}x${height}`,
      '-r',
      String(manifest.fps),
      '-i',
      '-',
    ],
    ...['-vf', `fps=${PLAY.shownFps},scale=${width * PLAY.enlarge}:-1:flags=bicubic`],
    ...['-c:v', 'libwebp', '-q:v', '50', '-loop', '0', '-an', path.join(import.meta.dirname, 'play.webp')],
  );
}

/** The labels of a rendered town, as the dataset's card shows them, as an animated WebP. */
async function labelOverlay(): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reverie-pictures-'));
  try {
    const video = await renderSample(folder, LABELS);
    const dataset = path.join(folder, 'dataset');
    execFileSync(process.execPath, ['bin/reverie.js', 'ingest', video, '--out', dataset], {
      stdio: 'inherit',
    });
    ffmpeg(
      Buffer.alloc(0),
      ...['-ss', '3', '-t', '6', '-i', path.join(dataset, 'card', 'overlay.mp4')],
      ...['-vf', 'fps=8', '-c:v', 'libwebp', '-q:v', '50', '-loop', '0', '-an'],
      path.join(import.meta.dirname, 'labels.webp'),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A turn, the way back, and the way back of a world that remembers nothing, one below the other. */
async function turnAndBack(folder: string): Promise<void> {
  const copy = mkdtempSync(path.join(tmpdir(), 'reverie-pictures-'));
  try {
    cpSync(folder, copy, { recursive: true });
    const manifest = readFileSync(path.join(copy, 'world.json'), 'utf8');
    writeFileSync(path.join(copy, 'world.json'), manifest.replace(/"keyframes": \d+/, '"keyframes": 0'));
    const [remembered, forgotten] = [await turned(folder), await turned(copy)];
    const shown = (frames: readonly Frame[]): Frame[] => frames.filter((_, at) => at % TURN.every === 0);
    const there = remembered.slice(0, TURN.frames + 1);
    const back = [remembered, forgotten].map((frames) => frames.slice(TURN.frames).reverse());
    const png = encodePng(tile([there, ...back].map(shown), 2));
    const out = path.join(import.meta.dirname, 'memory.jpg');
    ffmpeg(png, ...['-f', 'image2pipe', '-i', '-', '-q:v', '3', out]);
  } finally {
    rmSync(copy, { recursive: true });
  }
}

/** The first frame of a world, and those of a turn to the right and back. */
async function turned(folder: string): Promise<Frame[]> {
  const world = await openWorld(folder);
  const session = world.newSession(TURN.seed);
  const { rest, keys } = world.manifest.actions;
  const frames = [await session.current()];
  for (const direction of [1, -1]) {
    const action = rest.map((value, at) => value + direction * (keys.ArrowRight?.[at] ?? 0));
    for (let frame = 0; frame < TURN.frames; frame++) frames.push(await session.step(action));
  }
  await world.close();
  return frames;
}

/** The page in a drive, and the drive with remarks looked back at. */
async function playPage(folder: string): Promise<void> {
  const opened = await openWorld(folder);
  const server = await startServer({
    worlds: [opened],
    host: '127.0.0.1',
    port: 0,
    seed: PLAY.seed,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  const browser = await launchFoundBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.goto(server.url);
    await page.waitForSelector('body[data-state="watching"]');
    // The counters need some seconds of pictures.
    await page.waitForTimeout(6000);
    await page.keyboard.down('KeyW');
    await page.waitForTimeout(1500);
    await page.screenshot({ path: path.join(import.meta.dirname, 'play.png') });
    await page.keyboard.up('KeyW');
    for (const remark of ['KeyM', 'Equal', 'Minus']) {
      await page.waitForTimeout(1500);
      for (const key of [remark, 'Tab', 'Enter']) await page.keyboard.press(key);
    }
    // By then the last remark is confirmed no more.
    await page.waitForTimeout(6000);
    await page.keyboard.press('Comma');
    for (let step = 0; step < PLAY.lookBack; step += 1) await page.keyboard.press('ArrowLeft');
    await page.waitForTimeout(500);
    const shot = await page.locator('#frame').screenshot({ type: 'jpeg', quality: 80 });
    writeFileSync(path.join(import.meta.dirname, 'lookingBack.jpg'), shot);
  } finally {
    await browser.close();
    await server.close();
    await opened.close();
  }
}

/** The loss of each stage, smoothed, and the held-out loss. */
async function lossCurve(folder: string): Promise<void> {
  const lines = readMetrics(folder);
  const values = lines.flatMap(({ stage, step, loss, heldOut }) => [
    ...(loss === undefined ? [] : [{ stage, step, loss, of: 'training' }]),
    ...(heldOut === undefined ? [] : [{ stage, step, loss: heldOut, of: 'held out' }]),
  ]);
  await drawn('loss.svg', {
    data: { values },
    width: 210,
    height: 130,
    background: 'white',
    transform: [
      { window: [{ op: 'mean', field: 'loss', as: 'smooth' }], frame: [-10, 10], groupby: ['stage', 'of'] },
    ],
    mark: 'line',
    encoding: {
      column: { field: 'stage', sort: [...STAGES], title: null },
      x: { field: 'step', type: 'quantitative' },
      y: { field: 'smooth', type: 'quantitative', title: 'loss', scale: { type: 'log' } },
      color: { field: 'of', title: null },
    },
    resolve: { scale: { x: 'independent', y: 'independent' } },
  });
}

async function drawn(name: string, specification: TopLevelSpec): Promise<void> {
  const view = new View(parse(compile(specification).spec), { renderer: 'none' });
  writeFileSync(path.join(import.meta.dirname, name), await view.toSVG());
  view.finalize();
}

/** The table of a report, into the card of the world that it judges. */
function evaluationInCard(folder: string, report: string): void {
  const card = path.join(folder, 'README.md');
  const [text = ''] = readFileSync(card, 'utf8').split('\n## Evaluation');
  const table = readFileSync(path.join(report, 'summary.md'), 'utf8');
  const command = `npx reverie eval ${folder} --data ${folder.replace('worlds', 'datasets')}`;
  writeFileSync(card, `${text}\n## Evaluation\n\n\`${command}\`, on footage it never saw:\n\n${table}`);
}

/** The tables of a report, as a browser shows them. */
async function evaluationTable(folder: string): Promise<void> {
  const browser = await launchFoundBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 900, height: 700 } });
    await page.goto(`file://${path.resolve(folder, 'report.html')}`);
    const shot = await page.locator('table.summary').first().screenshot();
    writeFileSync(path.join(import.meta.dirname, 'evaluation.png'), shot);
  } finally {
    await browser.close();
  }
}

function ffmpeg(input: Buffer, ...args: string[]): void {
  execFileSync(ffmpegPath(), ['-v', 'error', '-y', ...args], {
    input,
    stdio: ['pipe', 'inherit', 'inherit'],
  });
}
