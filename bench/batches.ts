/**
 * How long training waits for its batches:
 *
 *   npx tsx bench/batches.ts --data datasets/ride [--config configs/clip-15min.yaml] [--steps 30]
 *
 * Nothing is learned or encoded first: the cached latents are zeros, which take as long to read as any others.
 */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
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
import { sizesOf } from '../src/train/sequences.ts';
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
const config = await readConfig(values.config);
try {
  const frameStage = autoencoderStage(config, dataset.info.episodes, frames, dataset.info);
  await measure(frameStage);
  const weights = initialState(frameStage.objective, frameStage.optimiser, seededRandom(1)).params;
  writeLatents();
  const latents = await openLatents(run, config, weights, dataset, frames);
  await measure(await dynamicsStage(config, dataset, latents, weights));
  await latents.close();
} finally {
  await frames.close();
  rmSync(run, { recursive: true, force: true });
}

/** Puts latents of all frames into the run folder, in the format of `openLatents`. */
function writeLatents(): void {
  const { height, width, channels } = sizesOf(config, dataset.info).latent;
  const total = dataset.info.episodes.reduce((sum, { length }) => sum + length, 0);
  const statistics = { mean: Array(channels).fill(0), deviation: Array(channels).fill(1) };
  writeFileSync(path.join(run, 'latents.json'), JSON.stringify(statistics));
  writeFileSync(path.join(run, 'latents.bin'), '');
  truncateSync(path.join(run, 'latents.bin'), total * height * width * channels * 4);
}

/**
 * Runs steps as the training loop does, and prints the share of the time in which no step runs because a batch is
 * drawn: what is drawn before the first wait for a file delays the step, and what is drawn after it follows the step.
 */
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
    const asked = performance.now();
    const upcoming = stage.sample(random);
    waited += performance.now() - asked;
    await running;
    const ready = performance.now();
    ({ batch } = await upcoming);
    waited += performance.now() - ready;
  }
  const total = performance.now() - began;
  await step.release();
  process.stdout.write(
    `${stage.name}: ${(total / steps).toFixed(0)} ms a step, of which ${((100 * waited) / total).toFixed(2)} % waiting ` +
      `for a batch; drawing one takes ${drawing.toFixed(1)} ms by itself\n`,
  );
}
