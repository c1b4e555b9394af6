import { existsSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { ingest, renderSample } from '../data/index.ts';
import { evaluate } from '../eval/evaluate.ts';
import { summaryText } from '../eval/summary.ts';
import { play } from '../serve/command.ts';
import { positiveNumber } from '../train/command.ts';
import { readConfig } from '../train/config.ts';
import { exportWorld } from '../train/export.ts';
import { train } from '../train/run.ts';
import { interruptible } from './interrupt.ts';

/** The folder that Reverie is installed in. */
const HOME = fileURLToPath(new URL('../..', import.meta.url));
const SHIPPED_WORLD = join(HOME, 'worlds', 'racetrack');
const RECIPE = join(HOME, 'configs', 'clip-15min.yaml');
const SAMPLE = { seconds: 90, width: 256, height: 192, fps: 20, seed: 1 };

interface StartOptions {
  readonly minutes: number;
  readonly port?: number;
  readonly play: boolean;
}

/** `reverie start`, which is `npm start`. */
export function startCommand(): Command {
  return new Command('start')
    .description('play the world that ships with Reverie, or turn video into a world and play that')
    .argument('[clips...]', 'video files or folders, or "sample" for a rendered town')
    .option('--minutes <n>', 'how long to train', positiveNumber, 15)
    .option('--port <n>', 'port of the page', positiveNumber)
    .option('--no-play', 'stop before the page opens')
    .addHelpText(
      'after',
      `
Examples:
  $ npm start                               a world learned from real video, at once
  $ npm start -- path/to/my/clips           your video: labels, training, a report, then the page
  $ npm start -- ride.mp4 --minutes 60      train longer
  $ npm start -- sample                     no video at hand? a rendered town

Interrupted work goes on where it was when the same command is run again.`,
    )
    .action(async (clips: string[], options: StartOptions) => {
      const world = clips.length === 0 ? SHIPPED_WORLD : await learnWorld(clips, options);
      if (options.play) await play({ world, port: options.port });
    });
}

/** From video to a world: ingest, train, export, evaluate, each going on where it stopped. */
async function learnWorld(clips: readonly string[], { minutes }: StartOptions): Promise<string> {
  const name = nameOf(clips);
  const data = join('datasets', name);
  const run = join('runs', name);
  const world = join('worlds', name);
  const report = join('reports', name);
  const inputs = clips.length === 1 && clips[0] === 'sample' ? [await sampleFootage()] : clips;

  announce(1, `labels from the camera's motion, into ${data}`);
  const { info } = await ingest({ inputs, out: data });
  announce(2, `training for ${minutes} minutes, into ${run}`);
  const config = await readConfig(RECIPE);
  await interruptible((signal) => train({ config, data, out: run, minutes, signal }));
  announce(3, `the world, into ${world}`);
  if (!existsSync(world)) {
    await exportWorld({
      run,
      out: world,
      name,
      description: `Learned from ${clips.join(', ')}.`,
      licence: 'not stated',
      attribution: '',
    });
  }
  announce(4, `how good it is, into ${report}`);
  if (!existsSync(join(report, 'report.html'))) {
    const held = info.episodes.filter(({ split }) => split === 'val').map(({ length }) => length);
    if (Math.max(0, ...held) > config.dynamics.window) await judge(world, data, report);
    else process.stderr.write('the footage is too short to put enough of it aside: not evaluated\n');
  }
  return world;
}

async function judge(world: string, data: string, out: string): Promise<void> {
  const { summary, report } = await evaluate({ worlds: [world], data, out });
  process.stdout.write(`${summaryText(summary)}\nreport: ${report}\n`);
}

function announce(stage: number, what: string): void {
  process.stderr.write(`${stage}/4 ${what}\n`);
}

/** Names the work after the first clip or folder. */
function nameOf(clips: readonly string[]): string {
  const path = resolve(clips[0]!);
  const name = basename(path, extname(path))
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  if (name === '') return 'world';
  // The world that ships must stay what it is.
  return resolve('worlds', name) === resolve(SHIPPED_WORLD) ? `my-${name}` : name;
}

async function sampleFootage(): Promise<string> {
  const folder = join('datasets', 'sample-footage');
  const video = join(folder, 'town.mp4');
  return existsSync(video) ? video : await renderSample(folder, SAMPLE);
}
