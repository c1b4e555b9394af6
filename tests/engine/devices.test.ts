import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { safeDonations } from '../../src/engine/donation.ts';
import { sizeOf } from '../../src/engine/graph.ts';
import {
  channelBlock,
  compileStateful,
  cpuPasses,
  type Device,
  type HostTensor,
} from '../../src/engine/index.ts';
import { UserError } from '../../src/errors.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { autoencoderObjective } from '../../src/train/autoencoderStage.ts';
import { dynamicsObjective } from '../../src/train/dynamicsStage.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import {
  compileStep,
  initialState,
  type Objective,
  type TrainState,
  traceStep,
} from '../../src/train/step.ts';
import { RECIPE } from '../train/recipe.ts';

const size = { width: 32, height: 16 };
const MODELS: readonly [string, Objective, 'adamw' | 'muon'][] = [
  ['autoencoder', autoencoderObjective(RECIPE, size), 'adamw'],
  ['dynamics', dynamicsObjective(RECIPE, sizesOf(RECIPE, size)), 'muon'],
];

describe('a training step', () => {
  it.each(MODELS)('of the %s is the same compiled and op by op on tfjs', async (_, objective, matrices) => {
    const optimiser = { ...RECIPE.dynamics, matrices };
    const [compiled, eager] = [
      await train('cpu', objective, optimiser),
      await train('tfjs', objective, optimiser),
    ];
    expect(compiled.where).toBe('onnxruntime cpu');
    expect(eager.where).toMatch(/^tfjs-/);
    for (const [step, loss] of compiled.losses.entries())
      expect(Math.abs(eager.losses[step]! / loss - 1)).toBeLessThan(1e-4);
    for (const [name, values] of compiled.state.params) {
      const other = eager.state.params.get(name)!;
      expect(other.some((value, index) => value !== compiled.start.get(name)![index])).toBe(true);
      for (const [index, value] of values.entries()) expect(other[index]).toBeCloseTo(value, 2);
    }
  });

  it('on the CPU writes into the very memory that was loaded: nothing is copied', async () => {
    const { step, state } = await descending();
    const before = state.get('params/w')!.data.slice();
    await step.run(new Map([['batch/x', { shape: [2], data: Float32Array.of(1, 2) }]]));
    const after = state.get('params/w')!.data;
    // No read(): the array that went in is what the session wrote to.
    expect([...after]).toEqual([before[0]! - 1, before[1]! - 2]);
    await step.release();
  });

  it.each(MODELS)('of the %s may overwrite all of its state in place', async (_, objective, matrices) => {
    const graph = traceStep(objective, { ...RECIPE.dynamics, matrices }, cpuPasses(await channelBlock()));
    const state = graph.inputs.map(({ name }) => name).filter((name) => !/^(batch|schedule)\//.test(name));
    expect(safeDonations(graph, () => true)).toEqual(state);
  });

  it('on the mean gradient of two halves is the step on the whole', async () => {
    const whole = autoencoderObjective(RECIPE, size);
    const half = autoencoderObjective({ ...RECIPE, autoencoder: { ...RECIPE.autoencoder, batch: 1 } }, size);
    const batch = drawBatch(whole);
    const halves = [0, 1].map((index) =>
      Object.fromEntries(
        Object.entries(batch).map(([name, data]) => [
          name,
          data.subarray((index * data.length) / 2, ((index + 1) * data.length) / 2),
        ]),
      ),
    );
    const [plain, split] = [
      initialState(whole, RECIPE.autoencoder, seededRandom(2)),
      initialState(half, RECIPE.autoencoder, seededRandom(2)),
    ];
    const losses: number[][] = [];
    for (const [objective, state, batches] of [
      [whole, plain, [batch]],
      [half, split, halves],
    ] as const) {
      const step = await compileStep(objective, RECIPE.autoencoder, { accumulate: batches.length });
      await step.load(state);
      const found: number[] = [];
      for (let done = 1; done <= 3; done += 1) {
        const { loss, norm } = await step.run(batches, 0.01, done);
        found.push(loss, norm);
      }
      losses.push(found);
      await step.release();
    }
    for (const [index, value] of losses[0]!.entries()) expect(losses[1]![index]! / value).toBeCloseTo(1, 3);
    for (const [name, values] of plain.ema)
      for (const [index, value] of values.entries())
        expect(split.ema.get(name)![index]).toBeCloseTo(value, 2);
  });

  it('on CUDA without its binaries is refused with the command that gets them', async () => {
    const error = await descending('cuda').catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UserError);
    const fix = /ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node/;
    expect(String(error)).toMatch(fix);
    expect(readFileSync('README.md', 'utf8')).toMatch(fix);
  });
});

it('the example of the README is one of the engine, and learns exclusive or', async () => {
  const source = readFileSync('src/engine/example.ts', 'utf8').replace('./index.ts', 'reverie/engine');
  expect(readFileSync('README.md', 'utf8')).toContain(source.trimEnd());
  const { step } = await import('../../src/engine/example.ts');
  const tensor = (shape: readonly number[]): HostTensor => ({
    shape,
    data: fillNormal(seededRandom(4), new Float32Array(sizeOf(shape))),
  });
  await step.load(
    new Map([
      ['params/w', tensor([2, 8])],
      ['params/v', tensor([8, 1])],
    ]),
  );
  const batch = new Map([
    ['batch/x', { shape: [4, 2], data: Float32Array.of(1, 1, 1, -1, -1, 1, -1, -1) }],
    ['batch/y', { shape: [4, 1], data: Float32Array.of(0.2, 0.7, -0.7, -0.2) }],
  ]);
  const losses: number[] = [];
  for (let round = 0; round < 200; round += 1)
    losses.push(Number((await step.run(batch)).get('logs/loss')!.data[0]));
  await step.release();
  expect(losses.at(-1)!).toBeLessThan(losses[0]! / 100);
});

/** A function whose state loses the batch. */
async function descending(
  device: Device = 'cpu',
): Promise<{ step: Awaited<ReturnType<typeof compileStateful>>; state: Map<string, HostTensor> }> {
  const step = await compileStateful(
    ({ params, batch }) => ({ params: { w: params.w.sub(batch.x) } }),
    { params: { w: { shape: [2] } }, batch: { x: { shape: [2] } } },
    ['params'],
    { device },
  );
  const state = new Map([['params/w', { shape: [2], data: Float32Array.of(5, 7) }]]);
  await step.load(state);
  return { step, state };
}

interface Trained {
  readonly where: string;
  readonly start: ReadonlyMap<string, Float32Array>;
  readonly state: TrainState;
  readonly losses: readonly number[];
}

async function train(
  device: Device,
  objective: Objective,
  optimiser: Parameters<typeof compileStep>[1],
): Promise<Trained> {
  const step = await compileStep(objective, optimiser, { device });
  const state = initialState(objective, optimiser, seededRandom(2));
  const start = new Map([...state.params].map(([name, values]) => [name, values.slice()]));
  const batch = drawBatch(objective);
  await step.load(state);
  const losses: number[] = [];
  for (let done = 1; done <= 3; done += 1) losses.push((await step.run([batch], 0.01, done)).loss);
  await step.read();
  await step.release();
  return { where: step.where, start, state, losses };
}

function drawBatch({ batch }: Objective): Record<string, Float32Array> {
  return Object.fromEntries(
    Object.entries(batch).map(([name, { shape }]) => {
      const data = fillNormal(seededRandom(3), new Float32Array(sizeOf(shape)));
      return [name, data.map((value) => 1 / (1 + Math.exp(-value)))];
    }),
  );
}
