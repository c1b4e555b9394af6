import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Episode } from '../../src/data/types.ts';
import { UserError } from '../../src/errors.ts';
import { fillNormal } from '../../src/random.ts';
import { readCheckpoint } from '../../src/train/checkpoint.ts';
import { type LoopOptions, type Stage, trainStage } from '../../src/train/loop.ts';

const EPISODE: Episode = { index: 3, length: 99, source: 'ride.mp4', startSeconds: 0, split: 'train' };
let root: string;
let count = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'reverie-loop-'));
});

afterAll(() => rm(root, { recursive: true }));

/** A stage that fits a line with noise; `spoil` turns the batch of one step into something else. */
function stage(spoil: (batch: Float32Array, drawn: number) => void = () => undefined): Stage {
  let drawn = 0;
  return {
    name: 'autoencoder',
    optimiser: {
      rate: 0.05,
      warmup: 3,
      schedule: 'cosine',
      weightDecay: 0.1,
      clipNorm: 1,
      emaDecay: 0.8,
      matrices: 'muon',
    },
    objective: {
      parameters: {
        weight: { shape: [32, 33], initial: { deviation: 0.1 } },
        bias: { shape: [33], initial: 'zeros' },
      },
      batch: { x: { shape: [4, 32] } },
      loss: ({ weight, bias }, { x }) =>
        x!.matMul(weight!).add(bias!).tanh().sub(0.5).square().mean().asScalar(),
    },
    async sample(random) {
      drawn += 1;
      const x = fillNormal(random, new Float32Array(4 * 32));
      spoil(x, drawn);
      return { batch: { x }, windows: [{ episode: EPISODE, start: drawn }] };
    },
  };
}

async function newRun(steps: number, signal = new AbortController().signal): Promise<LoopOptions> {
  count += 1;
  const run = await mkdtemp(join(root, `${count}-`));
  return { run, seed: 9, budget: { steps }, signal };
}

const metricsOf = (run: string): Promise<string> => readFile(join(run, 'metrics.jsonl'), 'utf8');

describe('training', () => {
  it('that is stopped and taken up again, twice, gives the very same numbers', async () => {
    const watched = (): Stage => ({
      ...stage(),
      heldOut: async () => [{ x: new Float32Array(4 * 32).fill(0.5) }],
    });
    const straight = await newRun(25);
    const expected = await trainStage(watched(), straight);
    const breaks = fc.uniqueArray(fc.integer({ min: 1, max: 24 }), { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(breaks, async (steps) => {
        const options = await newRun(25);
        for (const step of steps.toSorted((a, b) => a - b)) {
          await expect(
            trainStage(watched(), { ...options, signal: await stopAfter(step, options.run) }),
          ).rejects.toThrow(new RegExp(`^stopped at step ${step} of 25 of the autoencoder`));
        }
        expect(await trainStage(watched(), options)).toEqual(expected);
        expect(await metricsOf(options.run)).toBe(await metricsOf(straight.run));
      }),
      { seed: 2, numRuns: 3 },
    );
  });

  it('that is done gives what the checkpoint holds', async () => {
    const options = await newRun(5);
    const state = await trainStage(stage(), options);
    expect(await trainStage(stage(), options)).toEqual(state);
  });

  it('that was killed leaves no line of metrics twice', async () => {
    const options = await newRun(20);
    await expect(
      trainStage(stage(), { ...options, signal: await stopAfter(12, options.run) }),
    ).rejects.toThrow();
    // As if ten more steps had run after the checkpoint; the last line was cut by the kill.
    const path = join(options.run, 'metrics.jsonl');
    const before = await metricsOf(options.run);
    const other = '{"stage":"dynamics","step":20,"loss":1}\n';
    await writeFile(path, `${before}${other}{"stage":"autoencoder","step":20,"loss":7}\n{"stage":"autoenc`);
    await trainStage(stage(), options);
    const lines = (await metricsOf(options.run))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ stage: name, step }) => `${name} ${step}`)).toEqual([
      'autoencoder 10',
      'dynamics 20',
      'autoencoder 20',
    ]);
    expect(lines.at(-1).loss).not.toBe(7);
  });

  it('whose loss is no number stops and keeps the last checkpoint', async () => {
    const options = await newRun(20);
    const broken = stage((x, drawn) => {
      if (drawn === 7) x.fill(Number.NaN);
    });
    const error: unknown = await trainStage(broken, options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toMatch(
      /the autoencoder loss is NaN.* at step 7, on ride\.mp4 \(episode 3\) from frame 7: the checkpoint of step 6 is kept in .*lower autoencoder\.rate/,
    );
    const kept = await readCheckpoint(join(options.run, 'autoencoder.safetensors'), broken.objective);
    expect(kept?.step).toBe(6);
    for (const data of kept!.state.params.values()) expect(data.every(Number.isFinite)).toBe(true);
  });

  it('that runs away stops, and says on which footage', async () => {
    const options = await newRun(400);
    const calm = stage((x, drawn) => {
      if (drawn > 250) x.fill(1e4);
    });
    const loss: Stage['objective']['loss'] = ({ weight, bias }, { x }) =>
      x!.matMul(weight!).add(bias!).square().mean().asScalar();
    const wild = { ...calm, objective: { ...calm.objective, loss } };
    await expect(trainStage(wild, options)).rejects.toThrow(
      /the autoencoder loss has risen to .*, 10 times its least, at step \d+, on ride\.mp4/,
    );
  });

  it('keeps the latest milestones, the best by held-out loss, and a picture of each', async () => {
    const options = await newRun(40);
    const red = { width: 2, height: 1, rgb: Uint8Array.of(255, 0, 0, 255, 0, 0) };
    const watched: Stage = {
      ...stage(),
      heldOut: async () => [{ x: new Float32Array(4 * 32).fill(0.5) }],
      preview: async () => [[red], [red]],
    };
    await trainStage(watched, options);
    const lines = (await metricsOf(options.run)).trimEnd().split('\n');
    const losses = lines.map((line) => JSON.parse(line)).filter(({ heldOut }) => heldOut !== undefined);
    expect(losses.map(({ step }) => step)).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40]);
    const least = losses.toSorted((a, b) => a.heldOut - b.heldOut)[0].step;
    const best = await readCheckpoint(join(options.run, 'autoencoder.best.safetensors'), watched.objective);
    expect(best?.step).toBe(least);
    expect((await readdir(join(options.run, 'checkpoints'))).toSorted()).toEqual([
      'autoencoder-0000036.safetensors',
      'autoencoder-0000040.safetensors',
    ]);
    const samples = await readdir(join(options.run, 'samples'));
    expect(samples).toHaveLength(10);
    const png = PNG.sync.read(await readFile(join(options.run, 'samples', samples[0]!)));
    expect([png.width, png.height, ...png.data.subarray(0, 3)]).toEqual([2, 4, 255, 0, 0]);
  });

  it('goes on only with the same recipe', async () => {
    const options = await newRun(3);
    await trainStage(stage(), options);
    const other = stage();
    const changed = {
      ...other,
      objective: {
        ...other.objective,
        parameters: { ...other.objective.parameters, bias: { shape: [34], initial: 'zeros' as const } },
      },
    };
    await expect(trainStage(changed, options)).rejects.toThrow(
      /was trained with another recipe \(.*bias is \[33\], expected \[34\]\)/,
    );
  });

  it('by minutes trains for at least a few steps', async () => {
    const options = { ...(await newRun(1)), budget: { minutes: 1e-9 } };
    await trainStage(stage(), options);
    expect(
      (await readCheckpoint(join(options.run, 'autoencoder.safetensors'), stage().objective))?.step,
    ).toBe(20);
  });
});

/** A signal that is raised while the given step runs, however often training was taken up before. */
async function stopAfter(step: number, run: string): Promise<AbortSignal> {
  const path = join(run, 'autoencoder.safetensors');
  const done = (await readCheckpoint(path, stage().objective))?.step ?? 0;
  let asked = 0;
  // The loop looks at the signal once a step.
  return Object.defineProperty(new AbortController().signal, 'aborted', {
    get: () => {
      asked += 1;
      return asked >= step - done;
    },
  });
}
