/**
 * Run as a program of its own by devices.slow.test.ts, since the Vulkan driver is chosen when a process starts:
 * opens the training graphs of the shipped recipe at their full size on WebGPU. onnxruntime writes to the standard
 * error where it places the nodes.
 */
import { writeSync } from 'node:fs';
import { InferenceSession } from 'onnxruntime-node';
import { encodeModel, GPU_PASSES } from '../../src/engine/index.ts';
import { autoencoderObjective } from '../../src/train/autoencoderStage.ts';
import { readConfig } from '../../src/train/config.ts';
import { dynamicsObjective } from '../../src/train/dynamicsStage.ts';
import { sizesOf } from '../../src/train/sequences.ts';
import { traceStep } from '../../src/train/step.ts';

const STANDARD_ERROR = 2;
const size = { width: 128, height: 96 };
const config = await readConfig('configs/racetrack.yaml');
const graphs = {
  autoencoder: traceStep(autoencoderObjective(config, size), config.autoencoder, GPU_PASSES.webgpu),
  dynamics: traceStep(dynamicsObjective(config, sizesOf(config, size)), config.dynamics, GPU_PASSES.webgpu),
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
