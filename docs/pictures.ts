// Makes the README's pictures from what the commands of Reverie wrote:
//   npm run pictures -- WORLD RUN REPORT

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { ffmpegPath } from '../src/data/index.ts';
import { readMetrics } from '../src/train/index.ts';
import { type Frame, openWorld } from '../src/world/index.ts';

const PLAY = { seconds: 9, shownFps: 10, enlarge: 3, seed: 3 };

const [world, run, report] = process.argv.slice(2);
if (!world || !run || !report) throw new Error('usage: npm run pictures -- WORLD RUN REPORT');
await playAnimation(world);
await lossCurve(run);
await evaluationTable(report);

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
      column: { field: 'stage', sort: ['autoencoder', 'dynamics', 'fewStep'], title: null },
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

/** The tables of a report, as a browser shows them. */
async function evaluationTable(folder: string): Promise<void> {
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? '/usr/bin/chromium',
    args: ['--no-sandbox'],
  });
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
