import { startProgress } from '../cli/progress.ts';
import type { Dataset, DatasetInfo } from '../data/types.ts';
import { UserError } from '../errors.ts';
import type { WorldManifest } from '../world/manifest.ts';
import type { World } from '../world/types.ts';
import { actionConverter } from './actions.ts';
import { controlFrames, type HeldControl, holdControls } from './controls.ts';
import type { WorldRollouts } from './rollout.ts';
import { copyLastFrame, requireFrameSize, rolloutWorld, turnAgreementOfTruth } from './rollout.ts';
import type { Score } from './score.ts';
import { chooseStarts, type Start } from './starts.ts';

/** How long and how often to look. */
export interface EvaluationSettings {
  /** Starts on held-out footage, at least 2. */
  readonly rollouts: number;
  /** Frames imagined from each start. */
  readonly horizon: number;
  readonly seed: number;
}

/** One world's part of an evaluation. */
export interface EvaluatedWorld extends WorldRollouts {
  /** The manifest's name, with a number behind it when two worlds share one. */
  readonly name: string;
  readonly manifest: WorldManifest;
  readonly controls: readonly HeldControl[];
}

/** Everything a report shows. */
export interface Evaluation {
  readonly dataset: DatasetInfo;
  readonly settings: EvaluationSettings;
  readonly starts: readonly Start[];
  readonly worlds: readonly EvaluatedWorld[];
  readonly copyLastFrame: readonly Score[];
  /** See `turnAgreementOfTruth`. */
  readonly turnAgreementOfTruth: number | undefined;
}

/**
 * Measures worlds on the held-out part of a dataset. All worlds get the same starts, actions and seeds, so their
 * numbers compare; the same seed gives the same evaluation.
 *
 * @throws UserError when settings, frame sizes or actions do not fit
 */
export async function evaluateWorlds(
  worlds: readonly World[],
  dataset: Dataset,
  settings: EvaluationSettings,
): Promise<Evaluation> {
  requireSettings(settings);
  for (const world of worlds) {
    requireFrameSize(world, dataset);
    actionConverter(dataset.info, world.manifest);
  }
  const context = Math.max(...worlds.map((world) => world.manifest.memory.window));
  const starts = await chooseStarts(dataset, context, settings.horizon, settings.rollouts);
  if (starts.length < 2) {
    throw new UserError(
      `dataset "${dataset.info.name}" has room for one rollout of ${settings.horizon} frames, two are needed`,
      `use a --horizon below ${settings.horizon}, or ingest more footage`,
    );
  }
  const names = distinctNames(worlds);
  const evaluated: EvaluatedWorld[] = [];
  for (const [i, world] of worlds.entries()) {
    const name = names[i]!;
    const total = 2 * starts.length * settings.horizon + controlFrames(world);
    const progress = startProgress(`evaluate ${name}`, total, 'frames');
    let done = 0;
    const onFrames = (count: number): void => {
      done += count;
      progress.update(done);
    };
    const rollouts = await rolloutWorld(world, dataset, starts, settings.seed, onFrames);
    const controls = await holdControls(world, settings.seed, onFrames);
    progress.stop();
    evaluated.push({ name, manifest: world.manifest, controls, ...rollouts });
  }
  return {
    dataset: dataset.info,
    settings,
    starts,
    worlds: evaluated,
    copyLastFrame: copyLastFrame(starts),
    turnAgreementOfTruth: turnAgreementOfTruth(dataset, starts),
  };
}

function requireSettings({ rollouts, horizon, seed }: EvaluationSettings): void {
  requireInteger('rollouts', rollouts, 2);
  requireInteger('horizon', horizon, 1);
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
