import { startProgress } from '../cli/progress.ts';
import { resizedCamera } from '../data/egomotion/camera.ts';
import type { Dataset, DatasetInfo } from '../data/types.ts';
import { UserError } from '../errors.ts';
import { MOTIONS, type Motion, type WorldManifest } from '../world/manifest.ts';
import type { World } from '../world/types.ts';
import { controlFrames, type HeldControl, holdControls } from './controls.ts';
import { footageStatistics } from './footage.ts';
import { Laboratory } from './laboratory.ts';
import type { Metric, Observation } from './metrics/metric.ts';
import { METRICS } from './metrics/registry.ts';
import { cameraOf } from './motion/camera.ts';
import { forwardUnit } from './motion/forwardUnit.ts';
import { actionConverter, labelledCommands } from './rollouts/actions.ts';
import { copyLastFrame, extrapolateFlow } from './rollouts/baselines.ts';
import { imagine, probeFrames, reconstruct, type Studio } from './rollouts/imagine.ts';
import { foreignActions } from './rollouts/lender.ts';
import { type Probes, probesOf } from './rollouts/probes.ts';
import type { RolloutStore } from './rollouts/store.ts';
import { chooseStarts, type Start } from './starts.ts';
import type { Keyed } from './statistics/resample.ts';
import type { EvaluationSettings } from './suite.ts';
import type { Driven, Evidence, Sequence, SourceKind } from './types.ts';

/** One source's part of an evaluation. */
export interface EvaluatedSource {
  /** A world's name, with a number behind it when two share one; in words for the others. */
  readonly name: string;
  readonly kind: SourceKind;
  /** What each metric took down, by its id. */
  readonly observations: ReadonlyMap<string, readonly Keyed<Observation>[]>;
  /** The rollouts that a report shows, by index of the start. */
  readonly shown: ReadonlyMap<number, Sequence>;
  /** Of worlds only. */
  readonly world?: { readonly manifest: WorldManifest; readonly controls: readonly HeldControl[] };
}

/** Everything a report shows. */
export interface Evaluation {
  readonly dataset: DatasetInfo;
  readonly settings: EvaluationSettings;
  readonly starts: readonly Start[];
  readonly metrics: readonly Metric[];
  readonly laboratory: Laboratory;
  /** The worlds in the order given, then what their autoencoders alone do, then the baselines and the footage. */
  readonly sources: readonly EvaluatedSource[];
}

/** A finished rollout under the true actions. */
export interface Recording {
  readonly world: string;
  readonly start: number;
  readonly seed: number;
  readonly sequence: Sequence;
  /** The world's own normalised actions, one per frame. */
  readonly actions: readonly Float32Array[];
  readonly manifest: WorldManifest;
}

/** What an evaluation needs besides worlds and footage. */
export interface EvaluationEquipment {
  readonly store: RolloutStore;
  /** Metrics beside those that need no network. */
  readonly extraMetrics?: readonly Metric[];
  /** Called with every rollout under the true actions. */
  readonly record?: (recording: Recording) => Promise<void>;
  /** Called once with the number of frames to imagine, before the first one. */
  readonly announce?: (frames: number) => Promise<void>;
  /** Ends the evaluation after the present frame; finished rollouts are kept in the store. */
  readonly signal?: AbortSignal;
}

/** Starts whose rollouts a report shows. */
const SHOWN = 4;
/** Distance between the seeds of one start, beyond the number of starts of any suite. */
const SEED_STRIDE = 100_003;

/**
 * Measures worlds on the held-out part of a dataset. All worlds get the same starts, actions and seeds, so their
 * numbers compare; the same seed gives the same evaluation.
 *
 * @throws UserError when settings, frame sizes or actions do not fit, or the evaluation is interrupted
 */
export async function evaluateWorlds(
  worlds: readonly World[],
  dataset: Dataset,
  settings: EvaluationSettings,
  equipment: EvaluationEquipment,
): Promise<Evaluation> {
  requireSettings(settings);
  for (const world of worlds) {
    requireFrameSize(world, dataset);
    actionConverter(dataset.info, world.manifest);
  }
  const { info } = dataset;
  const context = Math.max(...worlds.map((world) => world.manifest.memory.window));
  const starts = await chooseStarts(dataset, context, settings.horizon, settings.rollouts);
  if (starts.length < 2) {
    throw new UserError(
      `dataset "${info.name}" has room for one rollout of ${settings.horizon} frames, two are needed`,
      `use a --horizon below ${settings.horizon}, or ingest more footage`,
    );
  }
  const metrics = [...METRICS, ...(equipment.extraMetrics ?? [])];
  const units = MOTIONS.map((motion) => {
    const column = info.actionNames.indexOf(motion);
    return column < 0 ? Number.POSITIVE_INFINITY : info.actionScale[column]!;
  });
  const driven = new Set(worlds.flatMap(({ manifest }) => manifest.actions.driven));
  const truths = starts.map((start) => truthOf(start, info, [...driven]));
  const camera = resizedCamera(await cameraOf(dataset), info.width, info.height);
  const laboratory = new Laboratory(
    camera,
    units,
    await footageStatistics(dataset),
    forwardUnit(truths, camera.lens),
  );
  const bench = new Bench(metrics, laboratory, starts, truths, equipment.signal);

  const plans = distinctNames(worlds).map((name, i) => planOf(name, worlds[i]!, starts, info, settings));
  await equipment.announce?.(plans.reduce((sum, { frames }) => sum + frames, 0));
  const evaluated: EvaluatedSource[] = [];
  const ceilings: EvaluatedSource[] = [];
  for (const plan of plans) {
    const [own, ceiling] = await evaluateWorld(plan, settings, bench, equipment);
    evaluated.push(own);
    const name = 'autoencoder alone';
    ceilings.push({ ...ceiling, name: plans.length === 1 ? name : `${plan.name}, ${name}` });
  }
  return {
    dataset: info,
    settings,
    starts,
    metrics,
    laboratory,
    sources: [...evaluated, ...ceilings, ...(await evaluateBaselines(bench))],
  };
}

/** Measures evidence of one source after the other. */
class Bench {
  readonly starts: readonly Start[];
  readonly truths: readonly Driven[];
  readonly #metrics: readonly Metric[];
  readonly #laboratory: Laboratory;
  readonly #signal: AbortSignal | undefined;

  constructor(
    metrics: readonly Metric[],
    laboratory: Laboratory,
    starts: readonly Start[],
    truths: readonly Driven[],
    signal: AbortSignal | undefined,
  ) {
    this.#metrics = metrics;
    this.#laboratory = laboratory;
    this.starts = starts;
    this.truths = truths;
    this.#signal = signal;
  }

  source(name: string, kind: SourceKind): SourceNotes {
    return new SourceNotes(name, kind);
  }

  /** Throws a UserError when the evaluation is to end. */
  checkSignal(): void {
    if (!this.#signal?.aborted) return;
    throw new UserError('stopped', 'the same command goes on from the rollouts that are finished');
  }

  /** Adds what one source showed from one start to its notes. */
  async measure(
    notes: SourceNotes,
    index: number,
    seed: number,
    shown: Omit<Evidence, 'kind' | 'start' | 'seed' | 'truth'>,
  ): Promise<void> {
    this.checkSignal();
    const evidence: Evidence = {
      kind: notes.kind,
      start: this.starts[index]!,
      seed,
      truth: this.truths[index]!,
      ...shown,
    };
    for (const metric of this.#metrics) {
      const value = await metric.observe(evidence, this.#laboratory);
      if (value !== undefined) notes.add(metric, { start: index, seed, value });
    }
    if (seed === 0 && shownStarts(this.starts.length).includes(index)) notes.shown.set(index, shown.imagined);
  }
}

/** What has been taken down of a source so far. */
class SourceNotes {
  readonly name: string;
  readonly kind: SourceKind;
  readonly observations = new Map<string, Keyed<Observation>[]>();
  readonly shown = new Map<number, Sequence>();

  constructor(name: string, kind: SourceKind) {
    this.name = name;
    this.kind = kind;
  }

  add({ id }: Metric, observation: Keyed<Observation>): void {
    const known = this.observations.get(id);
    if (known === undefined) this.observations.set(id, [observation]);
    else known.push(observation);
  }
}

/** What one world will be asked to imagine. */
interface Plan {
  readonly name: string;
  readonly world: World;
  /** Of each start. */
  readonly probes: readonly Probes[];
  /** Between the context frames of each start, in the world's units. */
  readonly contextActions: readonly (readonly Float32Array[])[];
  readonly frames: number;
}

function planOf(
  name: string,
  world: World,
  starts: readonly Start[],
  info: DatasetInfo,
  { seeds, seed }: EvaluationSettings,
): Plan {
  const { manifest } = world;
  const convert = actionConverter(info, manifest);
  const actions = starts.map((start) => convert(start.actions));
  const contextActions = starts.map((start) => convert(start.contextActions));
  const lender = foreignActions(actions);
  const probes = starts.map((_, i) => probesOf(i, seed + i, { actions, contextActions, lender, manifest }));
  const frames = probes.reduce((sum, probe) => sum + seeds * probeFrames(probe), controlFrames(manifest));
  return { name, world, probes, contextActions, frames };
}

async function evaluateWorld(
  { name, world, probes, contextActions, frames }: Plan,
  { seeds, seed }: EvaluationSettings,
  bench: Bench,
  { store, record }: EvaluationEquipment,
): Promise<[EvaluatedSource, EvaluatedSource]> {
  const { manifest } = world;
  const progress = startProgress(`evaluate ${name}`, frames, 'frames');
  let done = 0;
  const studio: Studio = {
    world,
    store,
    onFrames: (count) => {
      bench.checkSignal();
      done += count;
      progress.update(done);
    },
  };
  const own = bench.source(name, 'world');
  const ceiling = bench.source(name, 'autoencoder');
  try {
    for (const [i, start] of bench.starts.entries()) {
      for (let k = 0; k < seeds; k++) {
        const noise = seed + i + k * SEED_STRIDE;
        const imagined = await imagine(studio, start, contextActions[i]!, probes[i]!, noise);
        await bench.measure(own, i, k, imagined);
        await record?.({
          world: name,
          start: i,
          seed: k,
          sequence: imagined.imagined,
          actions: probes[i]!.own,
          manifest,
        });
      }
      const alone = await reconstruct(studio, start);
      await bench.measure(ceiling, i, 0, {
        ...alone,
        driven: { ...alone.imagined, commanded: bench.truths[i]!.commanded },
      });
    }
    const controls = await holdControls(studio, seed);
    return [{ ...notesOf(own), world: { manifest, controls } }, notesOf(ceiling)];
  } finally {
    progress.stop();
  }
}

async function evaluateBaselines(bench: Bench): Promise<EvaluatedSource[]> {
  const flow = bench.source('flow extrapolation', 'flow');
  const copy = bench.source('copy last frame', 'copy');
  const real = bench.source('real footage', 'real');
  const progress = startProgress('measure baselines', bench.starts.length, 'starts');
  for (const [i, start] of bench.starts.entries()) {
    const truth = bench.truths[i]!;
    await bench.measure(flow, i, 0, { imagined: await extrapolateFlow(start) });
    await bench.measure(copy, i, 0, { imagined: copyLastFrame(start) });
    await bench.measure(real, i, 0, { imagined: truth, driven: truth });
    progress.update(i + 1);
  }
  progress.stop();
  return [flow, copy, real].map(notesOf);
}

function notesOf({ name, kind, observations, shown }: SourceNotes): EvaluatedSource {
  return { name, kind, observations, shown };
}

/** What really happened from a start on. */
function truthOf(start: Start, info: DatasetInfo, dimensions: readonly Motion[]): Driven {
  return {
    before: start.context.at(-1)!,
    frames: start.truth,
    commanded: labelledCommands(start.actions, info, dimensions),
  };
}

/** The starts that a report shows: a few, evenly spaced over all, never picked by how good they look. */
export function shownStarts(count: number): number[] {
  const shown = Math.min(SHOWN, count);
  return Array.from({ length: shown }, (_, i) => Math.floor(((i + 0.5) * count) / shown));
}

function requireFrameSize({ manifest }: World, { info }: Dataset): void {
  const { width, height } = manifest.frame;
  if (width !== info.width || height !== info.height) {
    throw new UserError(
      `world "${manifest.name}" paints ${width}×${height}, dataset "${info.name}" holds ${info.width}×${info.height}`,
      `ingest the footage again with --size ${width}x${height}`,
    );
  }
}

function requireSettings({ rollouts, horizon, seeds, seed }: EvaluationSettings): void {
  requireInteger('rollouts', rollouts, 2);
  requireInteger('horizon', horizon, 1);
  requireInteger('seeds', seeds, 1);
  requireInteger('seed', seed, 0);
}

function requireInteger(option: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least) {
    throw new UserError(`--${option} is ${value}`, `give a whole number of at least ${least}`);
  }
}

function distinctNames(worlds: readonly World[]): string[] {
  const seen = new Map<string, number>();
  return worlds.map(({ manifest }) => {
    const count = (seen.get(manifest.name) ?? 0) + 1;
    seen.set(manifest.name, count);
    return count === 1 ? manifest.name : `${manifest.name} (${count})`;
  });
}
