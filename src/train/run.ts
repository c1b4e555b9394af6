import { join, resolve } from 'node:path';
import { openDataset, openFrameStore } from '../data/index.ts';
import type { Device, Precision } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { REDUCTION } from '../model/autoencoder.ts';
import { autoencoderStage } from './autoencoderStage.ts';
import { shareOut } from './budget.ts';
import { readCheckpoint } from './checkpoint.ts';
import type { TrainConfig } from './config.ts';
import { dynamicsStage } from './dynamicsStage.ts';
import { writeFacts } from './facts.ts';
import { fewStepStage } from './fewStepStage.ts';
import { openLatents } from './latents.ts';
import { openLivePage } from './live/server.ts';
import { STAGES, type Stage, type StageName, trainStage } from './loop.ts';
import type { Communicator } from './parallel/mpi.ts';
import { partOfConfig, partOfStage } from './parallel/split.ts';
import { checkReprojection, reprojectionStage } from './reprojectionStage.ts';
import { motionsOf } from './sequences.ts';

export interface TrainOptions {
  readonly config: TrainConfig;
  /** Dataset folder. */
  readonly data: string;
  /** Run folder; a run that is there already goes on where it stopped. */
  readonly out: string;
  /** Minutes for all stages together, instead of the recipe's steps. */
  readonly minutes?: number;
  /** Run folder whose averaged weights the autoencoder and the dynamics start from; drawn anew when left out. */
  readonly from?: string;
  /** Where to train; the CPU when left out. */
  readonly device?: Device;
  /** What products are computed in; float32 when left out, float16 on GPUs only. */
  readonly precision?: Precision;
  /** Where training ends; after the last stage when left out. */
  readonly until?: StageName;
  /** Whether a page on this machine shows how it goes. */
  readonly page: boolean;
  /** The processes that train together. */
  readonly communicator?: Communicator | undefined;
  readonly signal: AbortSignal;
}

/** The stages that can start from another run's; the later ones start from what these have learned. */
const SEEDED: ReadonlySet<StageName> = new Set(['autoencoder', 'dynamics']);

/**
 * Trains the autoencoder, encodes the dataset, trains the dynamics, distils them and learns to blend pictures where
 * the recipe says so; each stage goes on where it stopped.
 *
 * The run folder holds `run.yaml` (recipe and data), a checkpoint per stage with the best and the latest of its
 * milestones, the latents, `metrics.jsonl`, TensorBoard's event files and pictures.
 *
 * @throws UserError when the folder belongs to another recipe, the frames do not fit, or training is interrupted
 */
export async function train({
  config,
  data,
  out,
  minutes,
  from,
  device = 'cpu',
  precision = 'float32',
  until = 'reprojection',
  page,
  communicator,
  signal,
}: TrainOptions): Promise<void> {
  if (precision !== 'float32' && device !== 'webgpu' && device !== 'cuda')
    throw new UserError(`${precision} is for GPUs, and ${device} is none`, 'use --device webgpu or cuda');
  const dataset = await openDataset(data);
  checkFit(config, dataset.info, data);
  checkReprojection(config, dataset.info);
  const part = communicator ? partOfConfig(config, communicator) : config;
  if (communicator && device !== 'cpu')
    throw new UserError(`several processes train on the CPU, not on ${device}`, 'leave --device out');
  await inTurn(communicator, () =>
    writeFacts(out, {
      config,
      data: resolve(data),
      ...(minutes === undefined ? {} : { minutes }),
      ...(from === undefined ? {} : { from: resolve(from) }),
    }),
  );
  const leads = communicator === undefined || communicator.rank === 0;
  const live = page && leads ? await openLivePage(out) : undefined;
  if (live) process.stderr.write(`watch it learn at ${live.url}\n`);
  const began = performance.now();
  const elapsed = (): number => (performance.now() - began) / 60_000;
  const minutesOf = minutes === undefined ? undefined : shareOut(config, minutes, elapsed);
  /** Trains a stage, made from the recipe of the whole and, where several processes share it, from that of a part. */
  const trainOne = async (name: StageName, make: (config: TrainConfig) => Promise<Stage> | Stage) => {
    const whole = await startFrom(SEEDED.has(name) ? from : undefined, await make(config));
    const stage = communicator
      ? partOfStage(
          whole,
          { ...(await make(part)), ...(whole.initial && { initial: whole.initial }) },
          communicator,
        )
      : whole;
    return trainStage(stage, {
      run: out,
      seed: config.seed + STAGES.indexOf(name),
      budget: minutesOf ? { minutes: minutesOf(name) } : { steps: config[name]?.steps ?? 0 },
      device,
      precision,
      signal,
      communicator,
      ...(live && { watch: live.update }),
    });
  };
  const frames = await inTurn(communicator, () => openFrameStore(dataset));
  try {
    const { ema } = await trainOne('autoencoder', (recipe) =>
      autoencoderStage(recipe, dataset.info.episodes, frames, dataset.info),
    );
    if (until === 'autoencoder') return;
    const latents = await inTurn(communicator, () => openLatents(out, config, ema, dataset, frames));
    try {
      const dynamics = await trainOne('dynamics', (recipe) => dynamicsStage(recipe, dataset, latents, ema));
      const { fewStep, reprojection } = config;
      if (until === 'dynamics') return;
      const final = fewStep
        ? await trainOne('fewStep', (recipe) =>
            fewStepStage(recipe, recipe.fewStep ?? fewStep, dataset, latents, dynamics.ema, ema),
          )
        : dynamics;
      if (!reprojection || until === 'fewStep') return;
      await trainOne('reprojection', (recipe) =>
        reprojectionStage(
          recipe,
          recipe.reprojection ?? reprojection,
          dataset,
          { latents, frames },
          { autoencoder: ema, dynamics: final.ema },
        ),
      );
    } finally {
      await latents.close();
    }
  } finally {
    await frames.close();
    await live?.close();
  }
}

/** The first process does something for all, then the others do it too and find it done. */
async function inTurn<Result>(
  communicator: Communicator | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  if (communicator === undefined) return work();
  if (communicator.rank > 0) communicator.barrier();
  const result = await work();
  if (communicator.rank === 0) communicator.barrier();
  return result;
}

/** The stage, started from the averaged weights of the same stage in another run. */
async function startFrom(run: string | undefined, stage: Stage): Promise<Stage> {
  if (run === undefined) return stage;
  const path = join(run, `${stage.name}.safetensors`);
  const found = await readCheckpoint(path, stage.objective, 'start from a run of the same recipe and size');
  if (!found) throw new UserError(`${run} has no ${stage.name} to start from`, `there is no ${path}`);
  return { ...stage, initial: found.state.ema };
}

function checkFit(
  config: TrainConfig,
  info: { readonly width: number; readonly height: number; readonly actionNames: readonly string[] },
  data: string,
): void {
  if (info.width % REDUCTION !== 0 || info.height % REDUCTION !== 0) {
    throw new UserError(
      `frames of ${data} are ${info.width}×${info.height}, not multiples of ${REDUCTION}`,
      'ingest again with --size',
    );
  }
  const missing = motionsOf(config).find((name) => !info.actionNames.some((known) => known === name));
  if (missing)
    throw new UserError(`${data} has no action "${missing}"`, `it has ${info.actionNames.join(', ')}`);
}
