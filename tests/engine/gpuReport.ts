/**
 * Run as a program of its own by devices.slow.test.ts, since the Vulkan driver is chosen when a process starts:
 * trains the tiny models on the CPU and on WebGPU, and prints losses, parameters and what ran where as JSON.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession } from 'onnxruntime-node';
import { z } from 'zod';
import { sizeOf } from '../../src/engine/graph.ts';
import { encodeModel, GPU_PASSES } from '../../src/engine/index.ts';
import { toTensor } from '../../src/engine/program.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { autoencoderObjective } from '../../src/train/autoencoderStage.ts';
import { dynamicsObjective } from '../../src/train/dynamicsStage.ts';
import type { OptimiserConfig } from '../../src/train/optimiser/index.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import { compileStep, initialState, type Objective, traceStep } from '../../src/train/step.ts';
import { RECIPE } from '../train/recipe.ts';

export interface GpuReport {
  readonly model: string;
  readonly losses: Readonly<Record<'cpu' | 'webgpu', readonly number[]>>;
  /** The length of all parameters together after training. */
  readonly norms: Readonly<Record<'cpu' | 'webgpu', number>>;
  /** Nodes that ran on the CPU, with their shapes. */
  readonly fallbacks: readonly string[];
}

const size = { width: 32, height: 16 };
const STEPS = 5;
const profile = z.array(
  z.object({
    name: z.string(),
    args: z
      .object({ provider: z.string(), op_name: z.string(), input_type_shape: z.unknown() })
      .partial()
      .optional(),
  }),
);

async function examine(model: string, objective: Objective, optimiser: OptimiserConfig): Promise<GpuReport> {
  const batch = Object.fromEntries(
    Object.entries(objective.batch).map(([name, { shape }]) => [name, draw(shape)]),
  );
  const losses: Record<'cpu' | 'webgpu', number[]> = { cpu: [], webgpu: [] };
  const norms = { cpu: 0, webgpu: 0 };
  for (const device of ['cpu', 'webgpu'] as const) {
    const step = await compileStep(objective, optimiser, { device });
    const state = initialState(objective, optimiser, seededRandom(2));
    await step.load(state);
    for (let done = 1; done <= STEPS; done += 1)
      losses[device].push((await step.run([batch], 0.01, done)).loss);
    await step.read();
    norms[device] = Math.hypot(...[...state.params.values()].map((values) => Math.hypot(...values)));
    await step.release();
  }
  return { model, losses, norms, fallbacks: await fallbacks(objective, optimiser) };
}

/** Runs the training graph once under onnxruntime's profiler. */
async function fallbacks(objective: Objective, optimiser: OptimiserConfig): Promise<string[]> {
  const graph = traceStep(objective, optimiser, GPU_PASSES.webgpu);
  const folder = mkdtempSync(join(tmpdir(), 'reverie-profile-'));
  try {
    const session = await InferenceSession.create(encodeModel(graph), {
      executionProviders: ['webgpu'],
      logSeverityLevel: 3,
      enableProfiling: true,
      profileFilePrefix: join(folder, 'profile'),
    });
    await session.run(
      Object.fromEntries(
        graph.inputs.map(({ name, shape }) => [name, toTensor({ shape, data: draw(shape) })]),
      ),
    );
    session.endProfiling();
    await session.release();
    const [file] = readdirSync(folder) as [string];
    const events = profile.parse(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    return events
      .filter(({ name, args }) => name.endsWith('_kernel_time') && args?.provider === 'CPUExecutionProvider')
      .map(({ args }) => `${args!.op_name} ${JSON.stringify(args!.input_type_shape)}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function draw(shape: readonly number[]): Float32Array {
  return fillNormal(seededRandom(3), new Float32Array(sizeOf(shape))).map(
    (value) => 1 / (1 + Math.exp(-value)),
  );
}

const reports = [
  await examine('autoencoder', autoencoderObjective(RECIPE, size), RECIPE.autoencoder),
  await examine('dynamics', dynamicsObjective(RECIPE, sizesOf(RECIPE, size)), RECIPE.dynamics),
];
process.stdout.write(`${JSON.stringify(reports)}\n`);
