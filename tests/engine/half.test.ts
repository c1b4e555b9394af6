import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sizeOf } from '../../src/engine/graph.ts';
import { halfProducts, trace } from '../../src/engine/index.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { autoencoderObjective } from '../../src/train/autoencoderStage.ts';
import { readCheckpoint, writeCheckpoint } from '../../src/train/checkpoint.ts';
import {
  compileStep,
  initialState,
  type Objective,
  type StepResult,
  type TrainState,
} from '../../src/train/step.ts';
import { RECIPE } from '../train/recipe.ts';

const size = { width: 32, height: 16 };

describe('products in float16', () => {
  it('leave long sums and everything else in float32, and reorder in float16', () => {
    const specs = { x: { a: { shape: [4, 3000] }, b: { shape: [3000, 6] }, c: { shape: [3, 8] } } };
    const graph = trace(
      ({ x }) => ({ y: { out: x.a.matMul(x.b).reshape([8, 3]).matMul(x.c).exp() } }),
      specs,
      [halfProducts],
    );
    const types = graph.nodes.map(({ op, outputs }) => `${op} ${outputs[0]!.type}`);
    expect(types).toEqual([
      'Gemm float32',
      'Reshape float32',
      'Cast float16',
      'Cast float16',
      'Gemm float16',
      'Cast float32',
      'Exp float32',
    ]);
    const chain = trace(
      ({ x }) => ({ y: { out: x.c.matMul(x.c, true, false).transpose().reshape([4, 16]).matMul(x.d) } }),
      { x: { c: { shape: [3, 8] }, d: { shape: [16, 2] } } },
      [halfProducts],
    );
    const casts = chain.nodes.filter(({ op }) => op === 'Cast');
    expect(casts.map(({ outputs }) => outputs[0]!.type)).toEqual(['float16', 'float16', 'float32']);
  });
});

// onnxruntime's CPU provider multiplies in float32 all the same and drops the casts: what a GPU rounds does not show
// here, what the scale of the loss does, does.
describe('training in float16', () => {
  it('is the same training, with the loss scaled and the gradient not', async () => {
    const objective = autoencoderObjective(RECIPE, size);
    const [half, single] = [
      await train(objective, RECIPE.autoencoder, 'float16'),
      await train(objective, RECIPE.autoencoder, 'float32'),
    ];
    for (const [step, { loss, norm, skipped }] of half.entries()) {
      expect(skipped).toBe(false);
      expect(loss / single[step]!.loss).toBeCloseTo(1, 4);
      expect(norm / single[step]!.norm).toBeCloseTo(1, 3);
    }
    expect(half.at(-1)!.loss).toBeLessThan(half[0]!.loss);
  });

  it('skips steps whose gradients overflow until the scale fits, then trains', async () => {
    const state = initialState(steep, optimiser, seededRandom(1));
    const step = await compileStep(steep, optimiser, { precision: 'float16' });
    await step.load(state);
    const weights: number[] = [];
    const results: StepResult[] = [];
    for (let done = 1; done <= 12; done += 1) {
      results.push(await step.run([{ x: Float32Array.of(1) }], 1e-17, done));
      weights.push(state.params.get('w')![0]!);
    }
    await step.release();
    const skipped = results.map((result) => result.skipped);
    const first = skipped.indexOf(false);
    expect(first).toBeGreaterThan(0);
    expect(skipped.slice(first)).not.toContain(true);
    expect(first).toBe(16 - 8);
    expect(weights.slice(0, first)).toEqual(Array(first).fill(3));
    expect(results[first]!.loss / 3e16).toBeCloseTo(1, 4);
    expect(results[first]!.norm / 1e16).toBeCloseTo(1, 4);
    // Nesterov's first step is 1.9 gradients long.
    expect(weights[first]).toBeCloseTo(3 - 1.9 * 0.1, 4);
  });

  it('goes on from a checkpoint with the scale that it had come to', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reverie-scale-'));
    const path = join(folder, 'steep.safetensors');
    const first = initialState(steep, optimiser, seededRandom(1));
    expect(await skippedOf(first, 3)).toEqual([true, true, true]);
    const at = { step: 3, total: 12, random: seededRandom(1).state() };
    await writeCheckpoint(path, steep, { ...at, state: first });
    const resumed = (await readCheckpoint(path, steep))!.state;
    await rm(folder, { recursive: true });
    expect(resumed).toEqual(first);
    expect(resumed.scaling.get('scale')).toEqual(Float32Array.of(2 ** 13));
    expect(await skippedOf(resumed, 6)).toEqual([true, true, true, true, true, false]);
  });
});

// On its way back the gradient is 10³⁶ times the scale: 2⁸ fits into float32, 2⁹ does not.
const steep: Objective = {
  parameters: { w: { shape: [1, 1], initial: { values: Float32Array.of(3) } } },
  batch: { x: { shape: [1, 1] } },
  loss: ({ w }, { x }) => x!.mul(w!).mul(1e-20).mul(1e36).asScalar(),
};
const optimiser = { ...RECIPE.autoencoder, matrices: 'sgd', clipNorm: 1e18, weightDecay: 0 } as const;

/** Trains the steep function some steps: whether each overflowed. */
async function skippedOf(state: TrainState, steps: number): Promise<(boolean | undefined)[]> {
  const step = await compileStep(steep, optimiser, { precision: 'float16' });
  await step.load(state);
  const skipped: (boolean | undefined)[] = [];
  for (let done = 1; done <= steps; done += 1)
    skipped.push((await step.run([{ x: Float32Array.of(1) }], 1e-17, done)).skipped);
  await step.read();
  await step.release();
  return skipped;
}

async function train(
  objective: Objective,
  optimiser: Parameters<typeof compileStep>[1],
  precision: 'float32' | 'float16',
): Promise<StepResult[]> {
  const step = await compileStep(objective, optimiser, { precision, threads: 1 });
  await step.load(initialState(objective, optimiser, seededRandom(2)));
  const batch = Object.fromEntries(
    Object.entries(objective.batch).map(([name, { shape }]) => {
      const data = fillNormal(seededRandom(3), new Float32Array(sizeOf(shape)));
      return [name, data.map((value) => 1 / (1 + Math.exp(-value)))];
    }),
  );
  const results: StepResult[] = [];
  for (let done = 1; done <= 4; done += 1) results.push(await step.run([batch], 0.003, done));
  await step.release();
  return results;
}
