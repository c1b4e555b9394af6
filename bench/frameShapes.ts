/**
 * What a frame would cost in other shapes of the graphs: with a shorter window of past frames, and with the frames of
 * several sessions in one run.
 *
 *   npx tsx bench/frameShapes.ts [--config configs/racetrack.yaml] [--size 128x96] [--frames 60]
 *
 * The graphs are traced from the recipe with random weights, on which times do not depend, and take turns frame by
 * frame, so that what else the machine does meets all alike. A frame is all passes of the dynamics, the pass that
 * remembers it, and the decoder. Sessions that share a run also share the ages of their past here, which those of a
 * server do not: what they save is the most that could be saved.
 */
import { parseArgs } from 'node:util';
import { median } from '../src/data/statistics.ts';
import { sizeOf } from '../src/engine/graph.ts';
import {
  encodeModel,
  type Graph,
  type HostTensor,
  PORTABLE_PASSES,
  Program,
  trace,
} from '../src/engine/index.ts';
import { autoencoderParameters, decode } from '../src/model/autoencoder.ts';
import { openDynamics } from '../src/model/families.ts';
import { fillNormal, seededRandom } from '../src/random.ts';
import { readConfig, type TrainConfig } from '../src/train/config.ts';
import { sizesOf } from '../src/train/sequences.ts';
import { contextGraph, dynamicsGraph } from '../src/train/worldGraphs.ts';

const WARM_UP = 5;
const WEIGHT = 0.05;

const { values } = parseArgs({
  options: {
    config: { type: 'string', default: 'configs/racetrack.yaml' },
    size: { type: 'string', default: '128x96' },
    frames: { type: 'string', default: '60' },
  },
});
const config = await readConfig(values.config);
const [width = 0, height = 0] = values.size.split('x').map(Number);
const random = seededRandom(1);

/** A way to make one frame for each of some sessions. */
interface Subject {
  readonly name: string;
  readonly sessions: number;
  /** Milliseconds of each run, by the clock and of all processors together. */
  readonly wall: number[];
  readonly work: number[];
  run(): Promise<unknown>;
}

/** The three graphs of a frame, for a batch of sessions. */
async function frameOf(recipe: TrainConfig, batch: number): Promise<() => Promise<unknown>> {
  const sizes = sizesOf(recipe, { width, height });
  const model = openDynamics(recipe.dynamics, sizes);
  const { height: h, width: w, channels } = sizes.latent;
  const pictures = { latents: { shape: [batch, h, w, channels] as const } };
  const decoder = trace(
    ({ params, io: { latents } }) => ({
      io: { frames: decode(recipe.autoencoder, params, latents.as4D(...pictures.latents.shape)) },
    }),
    { params: autoencoderParameters(recipe.autoencoder), io: pictures },
    PORTABLE_PASSES,
  );
  const runs = [
    ...Array(recipe.dynamics.passes).fill(await runner(dynamicsGraph(model, sizes, batch))),
    await runner(contextGraph(model, sizes, batch)),
    await runner(decoder),
  ];
  return async () => {
    for (const run of runs) await run();
  };
}

async function runner(graph: Graph): Promise<() => Promise<unknown>> {
  const weights = new Map<string, Float32Array>();
  const inputs = new Map<string, HostTensor>();
  for (const { name, shape } of graph.inputs) {
    const data = fillNormal(random, new Float32Array(sizeOf(shape)));
    if (name.startsWith('params/'))
      weights.set(
        name,
        data.map((value) => WEIGHT * value),
      );
    else inputs.set(name, { shape, data: name === 'ages' ? data.map((_, slot) => slot + 1) : data });
  }
  const program = await Program.load(encodeModel(graph, weights), { spin: false });
  return () => program.run(inputs);
}

const { window } = config.dynamics;
const single = await frameOf(config, 1);
const whole: Subject = { name: `window ${window}`, sessions: 1, wall: [], work: [], run: single };
const subjects: Subject[] = [whole];
for (let shorter = window >> 1; shorter >= 1; shorter >>= 1) {
  const recipe = { ...config, dynamics: { ...config.dynamics, window: shorter } };
  subjects.push({
    name: `window ${shorter}`,
    sessions: 1,
    wall: [],
    work: [],
    run: await frameOf(recipe, 1),
  });
}
for (const sessions of [2, 4]) {
  const all = Array.from({ length: sessions }, () => single);
  subjects.push({
    name: `${sessions} sessions at the same time`,
    sessions,
    wall: [],
    work: [],
    run: () => Promise.all(all.map((run) => run())),
  });
  subjects.push({
    name: `${sessions} sessions in one run`,
    sessions,
    wall: [],
    work: [],
    run: await frameOf(config, sessions),
  });
}
for (let frame = 0; frame < WARM_UP + Number(values.frames); frame += 1) {
  for (const { run, wall, work } of subjects) {
    const [began, used] = [performance.now(), process.cpuUsage()];
    await run();
    const { user, system } = process.cpuUsage(used);
    if (frame < WARM_UP) continue;
    wall.push(performance.now() - began);
    work.push((user + system) / 1000);
  }
}
for (const { name, sessions, wall, work } of subjects) {
  const [taken, worked] = [median(wall) / sessions, median(work) / sessions];
  process.stdout.write(
    `${name.padEnd(28)}${taken.toFixed(1)} ms a frame of a session in the median, ` +
      `${(median(whole.wall) / taken).toFixed(2)} × as fast as one alone; ` +
      `${worked.toFixed(1)} ms of processor time, ${(median(whole.work) / worked).toFixed(2)} × as little\n`,
  );
}
