import { existsSync } from 'node:fs';
import { z } from 'zod';
import { UserError } from '../errors.ts';
import type { RandomState } from '../random.ts';
import { initialScaling } from './optimiser/lossScale.ts';
import { type NamedTensor, readSafetensors, writeSafetensors } from './safetensors.ts';
import { type Objective, STATE_GROUPS, type TrainState } from './step.ts';

/** A stage as it stood after some step: enough to go on with the very same numbers. */
export interface Checkpoint {
  readonly step: number;
  /** Steps the stage was planned for, which the learning rate depends on. */
  readonly total: number;
  /** The generator's state after the last batch was drawn: it is also the position in the data. */
  readonly random: RandomState;
  readonly state: TrainState;
}

const int = z.number().int();
const facts = z.object({
  step: int,
  total: int,
  random: z.tuple([int, int, int, int]),
  /** Checkpoints before float16 have none. */
  lossScale: z.object({ scale: z.number().positive(), steps: int.nonnegative() }).optional(),
});

/** Writes a checkpoint; the old one is there until the new one is whole. */
export async function writeCheckpoint(
  path: string,
  objective: Objective,
  checkpoint: Checkpoint,
): Promise<void> {
  const tensors = new Map<string, NamedTensor>();
  for (const group of STATE_GROUPS) {
    for (const [name, data] of checkpoint.state[group]) {
      tensors.set(`${group}/${name}`, { shape: objective.parameters[name]!.shape, data });
    }
  }
  const { step, total, random, state } = checkpoint;
  const lossScale = Object.fromEntries([...state.scaling].map(([name, [value]]) => [name, value]));
  await writeSafetensors(path, tensors, { reverie: JSON.stringify({ step, total, random, lossScale }) });
}

/**
 * Reads a checkpoint, or gives nothing where there is none yet.
 *
 * @param remedy what to do where it does not fit the objective
 * @throws UserError when the file is damaged or belongs to another recipe
 */
export async function readCheckpoint(
  path: string,
  objective: Objective,
  remedy = 'use a new --out folder',
): Promise<Checkpoint | undefined> {
  if (!existsSync(path)) return undefined;
  const { tensors, metadata } = await readSafetensors(path);
  const parsed = facts.safeParse(JSON.parse(metadata.reverie ?? '{}'));
  if (!parsed.success)
    throw new UserError(`${path} is not a Reverie checkpoint`, 'delete it and train again');
  const state = {
    params: new Map(),
    ema: new Map(),
    first: new Map(),
    second: new Map(),
    scaling: initialScaling(),
  } satisfies TrainState;
  const { lossScale, ...position } = parsed.data;
  for (const [name, value] of Object.entries(lossScale ?? {}))
    state.scaling.set(name, Float32Array.of(value));
  for (const [path_, { data, shape }] of tensors) {
    const slash = path_.indexOf('/');
    const group = STATE_GROUPS.find((known) => known === path_.slice(0, slash));
    const name = path_.slice(slash + 1);
    const spec = objective.parameters[name];
    if (!group || !spec || spec.shape.join() !== shape.join()) {
      throw new UserError(
        `${path} was trained with another recipe (${path_} is [${shape}], expected [${spec?.shape ?? 'nothing'}])`,
        remedy,
      );
    }
    state[group].set(name, data);
  }
  for (const name of Object.keys(objective.parameters)) {
    if (!state.params.has(name)) throw new UserError(`${path} lacks the parameter ${name}`, remedy);
  }
  return { ...position, state };
}
