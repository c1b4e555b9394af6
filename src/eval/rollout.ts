import type { Dataset } from '../data/types.ts';
import { UserError } from '../errors.ts';
import type { World } from '../world/types.ts';
import { actionConverter } from './actions.ts';
import { foreignActions, type ShuffledPair } from './metrics/actionShuffle.ts';
import { meanSquaredError } from './metrics/psnr.ts';
import { horizontalShift, turnAgreement } from './metrics/turnAgreement.ts';
import { type Score, type Sequence, scoreSequence } from './score.ts';
import type { Start } from './starts.ts';

/** What a world made of the held-out starts. */
export interface WorldRollouts {
  /** Imagined under the true actions, one per start. */
  readonly imagined: readonly Sequence[];
  readonly scores: readonly Score[];
  /** The truth through the autoencoder alone, which no dynamics can beat. */
  readonly ceiling: readonly Score[];
  readonly pairs: readonly ShuffledPair[];
  /** Turn agreement under foreign actions; `undefined` when there is no yaw to agree with. */
  readonly turnAgreement: number | undefined;
}

/**
 * Lets a world imagine on from every start, once with the true actions and once with those of another start
 * under the same seed, and scores what comes out.
 *
 * @param onFrames called with the number of frames imagined since the last call
 * @throws UserError when the dataset's frame size or actions are not the world's
 */
export async function rolloutWorld(
  world: World,
  dataset: Dataset,
  starts: readonly Start[],
  seed: number,
  onFrames: (count: number) => void,
): Promise<WorldRollouts> {
  requireFrameSize(world, dataset);
  const convert = actionConverter(dataset.info, world.manifest);
  const actions = starts.map((start) => convert(start.actions));
  const lender = foreignActions(actions);
  const yawColumn = world.manifest.actions.names.indexOf('yaw');
  const imagined: Sequence[] = [];
  const scores: Score[] = [];
  const ceiling: Score[] = [];
  const pairs: ShuffledPair[] = [];
  const yaws: number[] = [];
  const shifts: number[] = [];
  for (const [i, start] of starts.entries()) {
    const truth = truthOf(start);
    const context = convert(start.contextActions);
    const own = await imagine(world, start, context, actions[i]!, seed + i);
    onFrames(own.frames.length);
    const borrowed = actions[lender[i]!]!;
    const foreign = await imagine(world, start, context, borrowed, seed + i);
    onFrames(foreign.frames.length);
    imagined.push(own);
    scores.push(...scoreSequence(truth, own, i));
    ceiling.push(...scoreSequence(truth, await reconstruct(world, truth), i));
    pairs.push({ trueError: sequenceError(truth, own), foreignError: sequenceError(truth, foreign) });
    if (yawColumn >= 0) {
      yaws.push(...borrowed.map((action) => action[yawColumn]!));
      shifts.push(...sidewaysMotion(foreign));
    }
  }
  return { imagined, scores, ceiling, pairs, turnAgreement: turnAgreement(yaws, shifts) };
}

/** Scores the baseline that shows the last real frame for ever. */
export function copyLastFrame(starts: readonly Start[]): Score[] {
  return starts.flatMap((start, i) => {
    const truth = truthOf(start);
    const frozen = { before: truth.before, frames: truth.frames.map(() => truth.before) };
    return scoreSequence(truth, frozen, i);
  });
}

/** Turn agreement of the footage with its own labels: how much the judge of turns can see in this dataset. */
export function turnAgreementOfTruth(dataset: Dataset, starts: readonly Start[]): number | undefined {
  const width = dataset.info.actionNames.length;
  const column = dataset.info.actionNames.indexOf('yaw');
  if (column < 0) return undefined;
  return turnAgreement(
    starts.flatMap((start) => start.truth.map((_, t) => start.actions[t * width + column]!)),
    starts.flatMap((start) => sidewaysMotion(truthOf(start))),
  );
}

/** Throws a UserError when a world does not paint frames of the dataset's size. */
export function requireFrameSize({ manifest }: World, { info }: Dataset): void {
  const { width, height } = manifest.frame;
  if (width !== info.width || height !== info.height) {
    throw new UserError(
      `world "${manifest.name}" paints ${width}×${height}, dataset "${info.name}" holds ${info.width}×${info.height}`,
      `ingest the footage again with --size ${width}x${height}`,
    );
  }
}

/** What really happened from a start on. */
export function truthOf(start: Start): Sequence {
  return { before: start.context.at(-1)!, frames: start.truth };
}

async function imagine(
  world: World,
  start: Start,
  contextActions: readonly Float32Array[],
  actions: readonly Float32Array[],
  seed: number,
): Promise<Sequence> {
  const frames = start.context.slice(-world.manifest.memory.window);
  const between = contextActions.slice(contextActions.length - frames.length + 1);
  const session = await world.sessionFromFrames(frames, between, seed);
  const before = await session.current();
  const imagined = [];
  for (const action of actions) imagined.push(await session.step(action));
  return { before, frames: imagined };
}

async function reconstruct(world: World, truth: Sequence): Promise<Sequence> {
  const [before, ...frames] = await world.reconstruct([truth.before, ...truth.frames]);
  if (before === undefined) throw new Error(`world "${world.manifest.name}" reconstructed no frame`);
  return { before, frames };
}

function sequenceError(truth: Sequence, imagined: Sequence): number {
  const errors = truth.frames.map((frame, i) => meanSquaredError(frame, imagined.frames[i]!));
  return errors.reduce((a, b) => a + b, 0) / errors.length;
}

function sidewaysMotion({ before, frames }: Sequence): number[] {
  return frames.map((frame, i) => horizontalShift(frames[i - 1] ?? before, frame));
}
