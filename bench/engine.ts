/**
 * What the engine costs and gains, against PyTorch and against tfjs run op by op.
 *
 *   npx tsx bench/engine.ts                     everything
 *   npx tsx bench/engine.ts autoencoder start   only these
 *   npx tsx bench/engine.ts --eager-only        without torch.compile, which takes minutes to compile
 *
 * REVERIE_PYTHON names a Python with torch; without one that part is skipped. All contestants train the same
 * model from the same parameters on the same batch with the same number of threads, a few steps each in turn, so
 * that a busy machine slows all of them down alike. Times are medians. Where the machine is too busy even for that,
 * `--threads 1` and the processor time compare the work itself.
 */
import os from 'node:os';
import { parseArgs } from 'node:util';
import { seededRandom } from '../src/random.ts';
import { compileStep, initialState, type TrainStep } from '../src/train/step.ts';
import { type Peer, type Runs, startPeer } from './engine/peer.ts';
import { measureRecomputation } from './engine/recomputation.ts';
import { measureStart } from './engine/start.ts';
import {
  autoencoder,
  OPTIMISER,
  parameterCount,
  RATE,
  type Subject,
  transformer,
} from './engine/subjects.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    steps: { type: 'string', default: '20' },
    threads: { type: 'string', default: String(os.availableParallelism()) },
    'eager-only': { type: 'boolean', default: false },
  },
});
const STEPS = Number(values.steps);
const THREADS = Number(values.threads);
/** Steps that one contestant runs before the next one has its turn. */
const TURN = 2;
const WARM_UP = 2;

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  transformer: () => compare(transformer(192, 4, 6, 2, 8)),
  transformer20: () => compare(transformer(448, 6, 7, 1, 4)),
  autoencoder: () => compare(autoencoder()),
  wasm: () => compareEager(transformer(96, 3, 3, 1, 4)),
  start: measureStart,
  recomputation: async () => measureRecomputation(),
};

/** Trains in turns and prints times, ratios, losses and memory. */
async function compare(subject: Subject): Promise<void> {
  const { title } = subject;
  print(`\n${title}, ${(parameterCount(subject) / 1e6).toFixed(1)} M parameters, ${THREADS} threads`);
  const state = initialState(subject.objective, OPTIMISER, seededRandom(1));
  const peer = await startPeer(subject, state.params, THREADS);
  const step = await compileStep(subject.objective, OPTIMISER, { threads: THREADS });
  await step.load(state);
  const contestants: Contestant[] = [contestant('Reverie', ownRun(step, subject))];
  if (typeof peer === 'string') print(peer);
  else {
    const name = `PyTorch ${peer.version}`;
    contestants.push(contestant(`${name} eager`, peerRun(peer, 'eager')));
    if (!values['eager-only'])
      contestants.push(contestant(`${name} torch.compile`, peerRun(peer, 'compiled')));
  }
  await takeTurns(contestants);
  report(contestants);
  const own = process.resourceUsage().maxRSS * 1024;
  const theirs = typeof peer === 'string' ? '' : `, PyTorch ${gibibytes((await peer.run('eager', 1)).peak)}`;
  print(`  peak resident memory: Reverie ${gibibytes(own)}${theirs}`);
  if (typeof peer !== 'string') await peer.close();
  await step.release();
}

/** The compiled step against the same function run op by op on tfjs-wasm. */
async function compareEager(subject: Subject): Promise<void> {
  print(
    `\n${subject.title}, ${(parameterCount(subject) / 1e6).toFixed(1)} M parameters, compiled against eager`,
  );
  const contestants: Contestant[] = [];
  const steps: TrainStep[] = [];
  for (const device of ['cpu', 'tfjs'] as const) {
    const step = await compileStep(subject.objective, OPTIMISER, { device, threads: THREADS });
    await step.load(initialState(subject.objective, OPTIMISER, seededRandom(1)));
    steps.push(step);
    contestants.push(contestant(device === 'cpu' ? 'Reverie' : step.where, ownRun(step, subject)));
  }
  await takeTurns(contestants);
  report(contestants);
  for (const step of steps) await step.release();
}

interface Contestant {
  readonly name: string;
  readonly seconds: number[];
  /** Processor time of all threads, waiting ones that spin included. */
  readonly processor: number[];
  readonly losses: number[];
  run(steps: number): Promise<void>;
}

type Run = (steps: number) => Promise<Pick<Runs, 'seconds' | 'processor' | 'losses'>>;

function contestant(name: string, run: Run): Contestant {
  const [seconds, processor, losses]: [number[], number[], number[]] = [[], [], []];
  return {
    name,
    seconds,
    processor,
    losses,
    async run(steps) {
      const result = await run(steps);
      seconds.push(...result.seconds);
      processor.push(...result.processor);
      losses.push(...result.losses);
    },
  };
}

function ownRun(step: TrainStep, { batch }: Subject): Run {
  let done = 0;
  return async (steps) => {
    const [seconds, processor, losses]: [number[], number[], number[]] = [[], [], []];
    for (let index = 0; index < steps; index += 1) {
      done += 1;
      const [start, before] = [performance.now(), process.cpuUsage()];
      const { loss } = await step.run([batch], RATE, done);
      seconds.push((performance.now() - start) / 1000);
      const { user, system } = process.cpuUsage(before);
      processor.push((user + system) / 1e6);
      losses.push(loss);
    }
    return { seconds, processor, losses };
  };
}

function peerRun(peer: Peer, mode: 'eager' | 'compiled'): Run {
  return (steps) => peer.run(mode, steps);
}

async function takeTurns(contestants: readonly Contestant[]): Promise<void> {
  for (const { run } of contestants) await run(WARM_UP);
  for (let done = 0; done < STEPS; done += TURN) for (const { run } of contestants) await run(TURN);
  for (const { seconds, processor } of contestants)
    for (const times of [seconds, processor]) times.splice(0, WARM_UP);
}

function report(contestants: readonly Contestant[]): void {
  const [own] = contestants as [Contestant, ...Contestant[]];
  for (const { name, seconds, processor, losses } of contestants) {
    const ratio = median(seconds) / median(own.seconds);
    const work = median(processor) / median(own.processor);
    const apart = Math.max(...losses.map((loss, index) => Math.abs(loss / own.losses[index]! - 1)));
    print(
      `  ${name.padEnd(34)} ${milliseconds(median(seconds))} a step (fastest ${milliseconds(Math.min(...seconds))})` +
        `  ${ratio.toFixed(2)}×  processor ${milliseconds(median(processor))} ${work.toFixed(2)}×  loss ${losses.at(-1)!.toFixed(5)}, apart by ${apart.toExponential(0)}`,
    );
  }
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function milliseconds(seconds: number): string {
  return `${(seconds * 1000).toFixed(0)} ms`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

const chosen = positionals.length === 0 ? Object.keys(BENCHES) : positionals;
for (const name of chosen) {
  const bench = BENCHES[name];
  if (!bench) throw new Error(`there is no bench ${name}: ${Object.keys(BENCHES).join(', ')}`);
  await bench();
}
