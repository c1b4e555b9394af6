import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { reverie } from '../cli/reverie.ts';
import { writeDataset } from '../world/tinyWorld.ts';
import { RECIPE } from './recipe.ts';

const BIN = fileURLToPath(new URL('../../bin/reverie.js', import.meta.url));
const COMMAND = ['train', 'recipe.yaml', '--data', 'data', '--no-page', '--out'];
const hasMpi = spawnSync('mpirun', ['--version'], { encoding: 'utf8' }).stdout?.includes('Open MPI') ?? false;
if (!hasMpi) console.log('there is no mpirun of Open MPI: training with it is not tested');
let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'reverie-mpi-'));
  await writeDataset(join(root, 'data'));
  const stage = { steps: 30, batch: 4, rate: 0.003 };
  const { steps: _, ...rest } = RECIPE.autoencoder;
  const { rate, warmup, schedule, weightDecay, clipNorm, emaDecay, matrices } = rest;
  const fewStep = {
    rate,
    warmup,
    schedule,
    weightDecay,
    clipNorm,
    emaDecay,
    matrices,
    teacherPasses: 2,
    contextRounds: 1,
  };
  const recipe = {
    ...RECIPE,
    autoencoder: { ...RECIPE.autoencoder, ...stage },
    dynamics: { ...RECIPE.dynamics, ...stage, accumulate: 2 },
    fewStep: { ...fewStep, ...stage },
  };
  await writeFile(join(root, 'recipe.yaml'), stringify(recipe));
});

afterAll(() => rm(root, { recursive: true }));

function mpirun(processes: number, out: string, env: NodeJS.ProcessEnv = {}) {
  const flags = ['--oversubscribe', '-n', String(processes)];
  return spawnSync('mpirun', [...flags, process.execPath, BIN, ...COMMAND, out], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, OMPI_ALLOW_RUN_AS_ROOT: '1', OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: '1', ...env },
  });
}

describe.skipIf(!hasMpi)('training in several processes', () => {
  it('comes to the losses of one process on the whole batch', async () => {
    const alone = await reverie(root, ...COMMAND, 'alone');
    expect(alone.status, alone.err).toBe(0);
    const both = mpirun(2, 'both');
    expect(both.status, both.stderr).toBe(0);
    expect(both.stdout.match(/trained in both/g)).toHaveLength(1);
    const [expected, found] = await Promise.all(['alone', 'both'].map(lossesOf));
    expect(found).toHaveLength(9);
    for (const [index, { stage, step, loss }] of found!.entries()) {
      expect(`${stage} ${step}`).toBe(`${expected![index]!.stage} ${expected![index]!.step}`);
      expect(Math.abs(loss - expected![index]!.loss), `${stage} ${step}`).toBeLessThan(1e-5);
    }
  });

  it('needs batches that can be shared', () => {
    const { status, stderr } = mpirun(3, 'three');
    expect(status).not.toBe(0);
    expect(stderr).toContain('3 processes cannot share a batch of 4: --set autoencoder.batch=6');
    expect(existsSync(join(root, 'three'))).toBe(false);
  });
});

it('without an MPI library is one clear line', () => {
  const { status, stderr } = spawnSync(process.execPath, [BIN, ...COMMAND, 'none'], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, OMPI_COMM_WORLD_SIZE: '2', REVERIE_MPI: '/nowhere/libmpi.so' },
  });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^reverie: no MPI library \(\/nowhere\/libmpi\.so\): on Debian: .*\n$/);
});

async function lossesOf(run: string): Promise<{ stage: string; step: number; loss: number }[]> {
  const text = await readFile(join(root, run, 'metrics.jsonl'), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ loss }) => loss !== undefined);
}
