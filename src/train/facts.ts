import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { UserError } from '../errors.ts';
import { checkConfig, type TrainConfig } from './config.ts';

/** What a run folder says of itself, in `run.yaml`. */
export interface RunFacts {
  readonly config: TrainConfig;
  readonly data: string;
  /** The budget, where it was one of time. */
  readonly minutes?: number;
  /** The run whose weights it started from. */
  readonly from?: string;
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
  return {
    config: checkConfig(raw.config, path),
    data: String(raw.data),
    ...('minutes' in raw ? { minutes: Number(raw.minutes) } : {}),
    ...('from' in raw ? { from: String(raw.from) } : {}),
  };
}

/**
 * Writes `run.yaml`, or makes sure that the one that is there says the same.
 *
 * @throws UserError when the folder belongs to another recipe, dataset or budget
 */
export async function writeFacts(run: string, facts: RunFacts): Promise<void> {
  await mkdir(run, { recursive: true });
  const path = join(run, 'run.yaml');
  if (existsSync(path)) {
    const known = await readFacts(run);
    if (known.minutes !== facts.minutes) {
      throw new UserError(
        `${run} was begun ${budgetText(known.minutes)}, not ${budgetText(facts.minutes)}`,
        'remove it to train anew, or ask for the same again',
      );
    }
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

function budgetText(minutes: number | undefined): string {
  return minutes === undefined ? 'with the steps of its recipe' : `with ${minutes} minutes`;
}
