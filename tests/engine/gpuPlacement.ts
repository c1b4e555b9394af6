/**
 * Run as a program of its own by devices.slow.test.ts, since the Vulkan driver is chosen when a process starts:
 * opens the training graphs of the shipped recipe, all of its stages, and of the other family at their full size
 * on WebGPU. onnxruntime writes to the standard error where it places the nodes.
 */
import { writeSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { encodeModel, GPU_PASSES, type Graph } from '../../src/engine/index.ts';
import { autoencoderParameters } from '../../src/model/autoencoder.ts';
import { openDynamics } from '../../src/model/families.ts';
import { initialise } from '../../src/model/parameters.ts';
import { seededRandom } from '../../src/random.ts';
import { autoencoderObjective } from '../../src/train/autoencoderStage.ts';
import { readConfig, type TrainConfig } from '../../src/train/config.ts';
import { dynamicsObjective } from '../../src/train/dynamicsStage.ts';
import { fewStepObjective } from '../../src/train/fewStepStage.ts';
import { reprojectionObjective } from '../../src/train/reprojectionStage.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import { traceStep } from '../../src/train/step.ts';

const STANDARD_ERROR = 2;
const size = { width: 128, height: 96 };
const shipped = await readConfig('configs/racetrack.yaml');
const transformer = await readConfig('configs/transformer.yaml');
const dynamics = (config: TrainConfig): Graph =>
  traceStep(dynamicsObjective(config, sizesOf(config, size)), config.dynamics, GPU_PASSES.webgpu);
const { fewStep, reprojection } = shipped;
if (!fewStep || !reprojection) throw new Error('the shipped recipe lacks a stage');
const sizes = sizesOf(shipped, size);
const teacher = initialise(openDynamics(shipped.dynamics, sizes).parameters, seededRandom(1));
const distilled = fewStepObjective(shipped, fewStep, sizes, teacher);
const blended = reprojectionObjective(
  shipped,
  reprojection,
  sizes,
  { mean: new Array<number>(16).fill(0), deviation: new Array<number>(16).fill(1) },
  {
    autoencoder: initialise(autoencoderParameters(shipped.autoencoder), seededRandom(2)),
    dynamics: teacher,
  },
);
const graphs = {
  autoencoder: traceStep(autoencoderObjective(shipped, size), shipped.autoencoder, GPU_PASSES.webgpu),
  flowWarp: dynamics(shipped),
  fewStep: traceStep(distilled, fewStep, GPU_PASSES.webgpu),
  reprojection: traceStep(blended, reprojection, GPU_PASSES.webgpu),
  transformer: dynamics(transformer),
};
for (const [name, graph] of Object.entries(graphs)) {
  writeSync(STANDARD_ERROR, `\nGRAPH ${name} ${graph.nodes.length}\n`);
  const session = await InferenceSession.create(encodeModel(graph), {
    executionProviders: ['webgpu'],
    logSeverityLevel: 0,
    logVerbosityLevel: 1,
  });
  await session.release();
}
