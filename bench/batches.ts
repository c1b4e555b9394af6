/**
 * How long training waits for its batches:
 *
 *   npx tsx bench/batches.ts --data datasets/ride [--config configs/clip-15min.yaml] [--steps 30]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { openFrameStore } from '../src/data/frameStore.ts';
import { openDataset } from '../src/data/index.ts';
import { seededRandom } from '../src/random.ts';
import { autoencoderStage } from '../src/train/autoencoderStage.ts';
import { readConfig } from '../src/train/config.ts';
import { dynamicsStage } from '../src/train/dynamicsStage.ts';
import { openLatents } from '../src/train/latents.ts';
import type { Stage } from '../src/train/loop.ts';
import { compileStep, initialState } from '../src/train/step.ts';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    config: { type: 'string', default: 'configs/clip-15min.yaml' },
    steps: { type: 'string', default: '30' },
  },
});
if (values.data === undefined) throw new Error('name a dataset with --data');
const steps = Number(values.steps);
const run = mkdtempSync(path.join(tmpdir(), 'reverie-batches-'));
const dataset = await openDataset(values.data);
const frames = await openFrameStore(dataset);
try {
  const config = await readConfig(values.config);
  const frameStage = autoencoderStage(config, dataset.info.episodes, frames, dataset.info);
  await measure(frameStage);
  // How latents are read does not depend on what the autoencoder has learned.
  const weights = initialState(frameStage.objective, frameStage.optimiser, seededRandom(1)).params;
  const latents = await openLatents(run, config, weights, dataset, frames);
  await measure(await dynamicsStage(config, dataset, latents, weights));
  await latents.close();
} finally {
  await frames.close();
  rmSync(run, { recursive: true, force: true });
}

/** Runs steps as the training loop does, and prints the share of the time spent waiting for a batch. */
async function measure(stage: Stage): Promise<void> {
  const random = seededRandom(1);
  const step = await compileStep(stage.objective, stage.optimiser, { device: 'cpu', accumulate: 1 });
  await step.load(initialState(stage.objective, stage.optimiser, random));
  let { batch } = await stage.sample(random);
  await step.run([batch], 0, 1);
  const alone = performance.now();
  for (let i = 0; i < steps; i++) ({ batch } = await stage.sample(random));
  const drawing = (performance.now() - alone) / steps;
  let waited = 0;
  const began = performance.now();
  for (let i = 0; i < steps; i++) {
    const running = step.run([batch], 0, i + 2);
    const upcoming = stage.sample(random);
    await running;
    const idle = performance.now();
    ({ batch } = await upcoming);
    waited += performance.now() - idle;
  }
  const total = performance.now() - began;
  await step.release();
  process.stdout.write(
    `${stage.name}: ${(total / steps).toFixed(0)} ms a step, of which ${((100 * waited) / total).toFixed(2)} % waiting ` +
      `for a batch; drawing one takes ${drawing.toFixed(1)} ms by itself\n`,
  );
}
