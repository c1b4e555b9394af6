/**
 * Run as a program of its own by devices.slow.test.ts, since the Vulkan driver is chosen when a process starts:
 * opens the training graphs of the shipped recipe and of the other family at their full size on WebGPU. onnxruntime writes to the standard
 * error where it places the nodes.
 */
import { writeSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { encodeModel, GPU_PASSES, type Graph } from '../../src/engine/index.ts';
import { autoencoderObjective } from '../../src/train/autoencoderStage.ts';
import { readConfig, type TrainConfig } from '../../src/train/config.ts';
import { dynamicsObjective } from '../../src/train/dynamicsStage.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import { traceStep } from '../../src/train/step.ts';

const STANDARD_ERROR = 2;
const size = { width: 128, height: 96 };
const shipped = await readConfig('configs/racetrack.yaml');
const transformer = await readConfig('configs/transformer.yaml');
const dynamics = (config: TrainConfig): Graph =>
  traceStep(dynamicsObjective(config, sizesOf(config, size)), config.dynamics, GPU_PASSES.webgpu);
const graphs = {
  autoencoder: traceStep(autoencoderObjective(shipped, size), shipped.autoencoder, GPU_PASSES.webgpu),
  flowWarp: dynamics(shipped),
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
