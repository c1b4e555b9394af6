import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { seededRandom } from '../../src/random.ts';
import { reverie, startReverie } from '../cli/reverie.ts';
import { writeDataset } from '../world/tinyWorld.ts';
import { RECIPE } from './recipe.ts';

/** Kills, after which the run may end in peace. */
const KILLS = 5;
const STEPS = 400;
const SEED = Number(process.env.REVERIE_SEED ?? Date.now() % 100_000);
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'reverie-kill-'));
  await writeDataset(join(root, 'data'));
  const { autoencoder, dynamics } = RECIPE;
  const { steps, batch, rate, warmup, schedule, weightDecay, clipNorm, emaDecay, matrices } = autoencoder;
  const fewStep = {
    batch,
    rate,
    warmup,
    schedule,
    weightDecay,
    clipNorm,
    emaDecay,
    matrices,
    steps: steps * 20,
  };
  const recipe = {
    ...RECIPE,
    autoencoder: { ...autoencoder, steps: STEPS },
    dynamics: { ...dynamics, steps: STEPS },
    fewStep: { ...fewStep, teacherPasses: 2, contextRounds: 1 },
  };
  await writeFile(join(root, 'recipe.yaml'), stringify(recipe));
});

afterAll(() => rm(root, { recursive: true }));

const COMMAND = ['train', 'recipe.yaml', '--data', 'data', '--no-page', '--out'];

it('killed at random moments, again and again, training comes to the very same bytes', async () => {
  const straight = await reverie(root, ...COMMAND, 'straight');
  expect(straight.status, straight.err).toBe(0);
  const random = seededRandom(SEED);
  for (let kill = 0; kill < KILLS; kill += 1) {
    const child = startReverie(root, ...COMMAND, 'killed');
    const ended = once(child, 'exit');
    const timer = setTimeout(() => child.kill('SIGKILL'), 1500 + 3500 * random.uniform());
    await ended;
    clearTimeout(timer);
  }
  const last = await reverie(root, ...COMMAND, 'killed');
  expect(last.status, `seed ${SEED}: ${last.err}`).toBe(0);
  for (const file of [
    'autoencoder.safetensors',
    'dynamics.safetensors',
    'fewStep.safetensors',
    'metrics.jsonl',
  ]) {
    const [expected, found] = await Promise.all(
      ['straight', 'killed'].map((run) => readFile(join(root, run, file))),
    );
    expect(found!.equals(expected!), `${file} differs, seed ${SEED}`).toBe(true);
  }
  const left = (await readdir(join(root, 'killed'), { recursive: true })).filter((name) =>
    name.includes('partial'),
  );
  expect(left, `seed ${SEED}`).toEqual([]);
});
