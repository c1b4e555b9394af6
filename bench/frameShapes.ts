/**
 * What a frame would cost in other shapes of the graphs: with a shorter window of past frames, and with the frames of
 * several sessions in one run.
 *
 *   npx tsx bench/frameShapes.ts [--config configs/racetrack.yaml] [--size 128x96] [--frames 60]
 *
 * The graphs are traced from the recipe with random weights, on which times do not depend, and take turns frame by
 * frame, so that what else the machine does meets all alike. A frame is all passes of the dynamics, the decoder, and
 * after the picture the pass that remembers it. For a shared run the inputs of the sessions are put together each time,
 * as a server would have to. They also share the ages of their past here, which those of a server do not: what they
 * save is the most that could be saved. A picture waits for its whole run, so of each way it is also said when pictures
 * come where all sessions' beats fall together, the worst case for sessions that take turns.
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
  /** Milliseconds from the start of each run to its pictures in the mean. */
  readonly pictures: number[];
  /** @param shown called when a picture is there, those of a shared run all at once */
  run(shown: () => void): Promise<unknown>;
}

function subject(name: string, sessions: number, run: Subject['run']): Subject {
  return { name, sessions, wall: [], work: [], pictures: [], run };
}

/** The three graphs of a frame, for a batch of sessions. */
async function frameOf(recipe: TrainConfig, batch: number): Promise<Subject['run']> {
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
  const denoise = await runner(dynamicsGraph(model, sizes, batch), batch);
  const remember = await runner(contextGraph(model, sizes, batch), batch);
  const draw = await runner(decoder, batch);
  return async (shown) => {
    for (let pass = 0; pass < recipe.dynamics.passes; pass += 1) await denoise();
    await draw();
    shown();
    await remember();
  };
}

async function runner(graph: Graph, batch: number): Promise<() => Promise<unknown>> {
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
  const gathered = () =>
    new Map([...inputs].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]));
  return () => program.run(batch > 1 ? gathered() : inputs);
}

const { window } = config.dynamics;
const single = await frameOf(config, 1);
const whole = subject(`window ${window}`, 1, single);
const subjects = [whole];
for (let shorter = window >> 1; shorter >= 1; shorter >>= 1) {
  const recipe = { ...config, dynamics: { ...config.dynamics, window: shorter } };
  subjects.push(subject(`window ${shorter}`, 1, await frameOf(recipe, 1)));
}
for (const sessions of [2, 3, 4]) {
  subjects.push(
    subject(`${sessions} sessions in turns`, sessions, async (shown) => {
      for (let session = 0; session < sessions; session += 1) await single(shown);
    }),
    subject(`${sessions} sessions at the same time`, sessions, (shown) =>
      Promise.all(Array.from({ length: sessions }, () => single(shown))),
    ),
    subject(`${sessions} sessions in one run`, sessions, await frameOf(config, sessions)),
  );
}
for (let frame = 0; frame < WARM_UP + Number(values.frames); frame += 1) {
  for (const { run, wall, work, pictures } of subjects) {
    const [began, used] = [performance.now(), process.cpuUsage()];
    const shown: number[] = [];
    await run(() => void shown.push(performance.now() - began));
    const { user, system } = process.cpuUsage(used);
    if (frame < WARM_UP) continue;
    pictures.push(shown.reduce((sum, at) => sum + at, 0) / shown.length);
    wall.push(performance.now() - began);
    work.push((user + system) / 1000);
  }
}
for (const { name, sessions, wall, work, pictures } of subjects) {
  const [taken, worked] = [median(wall) / sessions, median(work) / sessions];
  process.stdout.write(
    `${name.padEnd(28)}${taken.toFixed(1)} ms a frame of a session in the median, ` +
      `${(median(whole.wall) / taken).toFixed(2)} × as fast as one alone; ` +
      `${worked.toFixed(1)} ms of processor time, ${(median(whole.work) / worked).toFixed(2)} × as little; ` +
      `pictures after ${median(pictures).toFixed(1)} ms\n`,
  );
}
