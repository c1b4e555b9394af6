import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parse, stringify } from 'yaml';
import { openDataset, openFrameStore } from '../data/index.ts';
import type { Device } from '../engine/index.ts';
import { UserError } from '../errors.ts';
import { REDUCTION } from '../model/autoencoder.ts';
import { autoencoderStage } from './autoencoderStage.ts';
import { checkConfig, type TrainConfig } from './config.ts';
import { dynamicsStage } from './dynamicsStage.ts';
import { openLatents } from './latents.ts';
import { trainStage } from './loop.ts';

export interface TrainOptions {
  readonly config: TrainConfig;
  /** Dataset folder. */
  readonly data: string;
  /** Run folder; a run that is there already goes on where it stopped. */
  readonly out: string;
  /** Minutes for both stages together, instead of the recipe's steps. */
  readonly minutes?: number;
  /** Where to train; the CPU when left out. */
  readonly device?: Device;
  readonly signal: AbortSignal;
}

/** What a run folder says of itself, in `run.yaml`. */
export interface RunFacts {
  readonly config: TrainConfig;
  readonly data: string;
}

/** The autoencoder is learned much faster than the dynamics. */
const AUTOENCODER_SHARE = 0.3;

/**
 * Trains the autoencoder, encodes the dataset, trains the dynamics; each stage goes on where it stopped.
 *
 * The run folder holds `run.yaml` (recipe and data), a checkpoint per stage, the latents, and `metrics.jsonl`.
 *
 * @throws UserError when the folder belongs to another recipe, the frames do not fit, or training is interrupted
 */
export async function train({
  config,
  data,
  out,
  minutes,
  device = 'cpu',
  signal,
}: TrainOptions): Promise<void> {
  const dataset = await openDataset(data);
  checkFit(config, dataset.info, data);
  await writeFacts(out, { config, data: resolve(data) });
  const budgetOf = (share: number, steps: number): { minutes: number } | { steps: number } =>
    minutes === undefined ? { steps } : { minutes: minutes * share };
  const frames = await openFrameStore(dataset);
  try {
    const episodes = dataset.info.episodes.filter(({ split }) => split === 'train');
    const autoencoder = await trainStage(autoencoderStage(config, episodes, frames, dataset.info), {
      run: out,
      seed: config.seed,
      budget: budgetOf(AUTOENCODER_SHARE, config.autoencoder.steps),
      device,
      signal,
    });
    const latents = await openLatents(out, config, autoencoder.ema, dataset, frames);
    try {
      await trainStage(await dynamicsStage(config, dataset, latents), {
        run: out,
        seed: config.seed + 1,
        budget: budgetOf(1 - AUTOENCODER_SHARE, config.dynamics.steps),
        device,
        signal,
      });
    } finally {
      await latents.close();
    }
  } finally {
    await frames.close();
  }
}

/** Reads `run.yaml`. */
export async function readFacts(run: string): Promise<RunFacts> {
  const path = join(run, 'run.yaml');
  const text = await readFile(path, 'utf8').catch(() => {
    throw new UserError(`${run} is not a run folder (no run.yaml)`, 'reverie train makes one');
  });
  const raw: unknown = parse(text);
  if (typeof raw !== 'object' || raw === null || !('config' in raw) || !('data' in raw)) {
    throw new UserError(`${path} is damaged`, 'it should hold config and data');
  }
  return { config: checkConfig(raw.config, path), data: String(raw.data) };
}

async function writeFacts(run: string, facts: RunFacts): Promise<void> {
  await mkdir(run, { recursive: true });
  const path = join(run, 'run.yaml');
  if (existsSync(path)) {
    const known = await readFacts(run);
    if (JSON.stringify(known) !== JSON.stringify(facts)) {
      throw new UserError(
        `${run} belongs to another recipe or dataset (${known.config.name} on ${known.data})`,
        'choose another --out',
      );
    }
    return;
  }
  await writeFile(`${path}.partial`, stringify(facts));
  await rename(`${path}.partial`, path);
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
  const missing = config.actions.find((name) => !info.actionNames.some((known) => known === name));
  if (missing)
    throw new UserError(`${data} has no action "${missing}"`, `it has ${info.actionNames.join(', ')}`);
}
