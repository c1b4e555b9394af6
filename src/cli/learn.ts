import { existsSync, statSync } from 'node:fs';
import { basename, extname, join, resolve } from 'node:path';
import { ingest, renderSample } from '../data/index.ts';
import { evaluate } from '../eval/evaluate.ts';
import { summaryText } from '../eval/summary.ts';
import { readConfig } from '../train/config.ts';
import { exportWorld } from '../train/export.ts';
import { readFacts } from '../train/facts.ts';
import { STAGES } from '../train/loop.ts';
import { train } from '../train/run.ts';
import { RECIPE, SHIPPED_WORLDS } from './home.ts';
import { interruptible } from './interrupt.ts';

const DEFAULT_MINUTES = 15;
const SAMPLE = { seconds: 90, width: 256, height: 192, fps: 20, seed: 1 };

/**
 * From video to a world: ingest, train, export, evaluate, each going on where it stopped.
 *
 * @param wanted minutes to train; what an earlier run was given, or a quarter of an hour, when left out
 * @returns the world's folder
 */
export async function learnWorld(clips: readonly string[], wanted: number | undefined): Promise<string> {
  const name = nameOf(clips);
  const data = join('datasets', name);
  const run = join('runs', name);
  const world = join('worlds', name);
  const report = join('reports', name);
  const inputs = clips.length === 1 && clips[0] === 'sample' ? [await sampleFootage()] : clips;

  announce(1, `labels from the camera's motion, into ${data}`);
  const { info } = await ingest({ inputs, out: data });
  const minutes = wanted ?? (await knownMinutes(run)) ?? DEFAULT_MINUTES;
  announce(2, `training for ${minutes} minutes, into ${run}`);
  const config = await readConfig(RECIPE);
  await interruptible((signal) => train({ config, data, out: run, minutes, page: true, signal }));
  announce(3, `the world, into ${world}`);
  const last = join(run, `${STAGES.findLast((stage) => config[stage])}.safetensors`);
  if (!isNewer(join(world, 'world.json'), last)) {
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
  if (!isNewer(join(report, 'report.html'), join(world, 'world.json'))) {
    const held = info.episodes.filter(({ split }) => split === 'val').map(({ length }) => length);
    // Two rollouts of a frame each are the least that an evaluation takes.
    if (Math.max(0, ...held) >= config.dynamics.window + 2) await judge(world, data, report);
    else process.stderr.write('the footage is too short to put enough of it aside: not evaluated\n');
  }
  return world;
}

async function knownMinutes(run: string): Promise<number | undefined> {
  return existsSync(join(run, 'run.yaml')) ? (await readFacts(run)).minutes : undefined;
}

/** Whether a file is there and was made after the one it is made from. */
function isNewer(product: string, source: string): boolean {
  return existsSync(product) && statSync(product).mtimeMs >= statSync(source).mtimeMs;
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
  // The worlds that ship must stay what they are.
  return SHIPPED_WORLDS.some((world) => resolve('worlds', name) === resolve(world)) ? `my-${name}` : name;
}

async function sampleFootage(): Promise<string> {
  const folder = join('datasets', 'sample-footage');
  const video = join(folder, 'town.mp4');
  return existsSync(video) ? video : await renderSample(folder, SAMPLE);
}
