import path from 'node:path';
import { startProgress } from '../../cli/progress.ts';
import { UserError } from '../../errors.ts';
import { MOTIONS, type Motion } from '../../world/manifest.ts';
import { actionScale } from '../actions/scale.ts';
import { type LeRobotDataset, type LeRobotEpisode, readLeRobot } from '../lerobot/read.ts';
import type { EpisodeContent } from '../lerobot/write.ts';
import { decode } from '../video/decode.ts';
import { assemble, episodeFrames } from './assemble.ts';
import { encodeEpisodes } from './encodeEpisodes.ts';
import { planEpisodes } from './episodes.ts';
import { checkedSize, defaultSize } from './format.ts';
import type { IngestOptions } from './ingest.ts';
import type { Rules } from './rules.ts';
import { keyOf, Stage } from './stage.ts';

/** Words in the names of action dimensions, and the motion that they stand for. */
const MEANINGS: readonly (readonly [RegExp, Motion])[] = [
  [/^(yaw|steer\w*|theta|angular|rz|turn)/, 'yaw'],
  [/^(throttle|forward|gas|speed|linear|vx|x\b)/, 'forward'],
  [/^(strafe|lateral|vy|y\b)/, 'strafe'],
  [/^(vertical|up|vz|z\b)/, 'vertical'],
  [/^(pitch|ry)/, 'pitch'],
  [/^(roll|rx)/, 'roll'],
];

/**
 * Takes over a LeRobot dataset, with the actions that its robot was given in place of measured camera motion, at a
 * size to train on. Action dimensions with a telling name become that motion, the others whichever is left over; which became
 * which stands in `meta/info.json` under `reverie.actionSource`.
 *
 * @throws UserError when it has no camera or action, or more than six dimensions of action
 */
export async function importLeRobot(
  folder: string,
  options: IngestOptions,
  rules: Rules,
  signal: AbortSignal,
): Promise<void> {
  const source = await readLeRobot(folder);
  const motions = motionsOf(source.actionNames, folder);
  const size = checkedSize(options.size ?? defaultSize(source.width, source.height));
  const format = { ...size, fps: source.fps };
  const shortest = Math.round(rules.shortestSeconds * format.fps);
  const plans = planEpisodes(
    source.episodes.map(({ length }) => (length < shortest ? [] : [{ from: 0, to: length }])),
    Math.round(rules.longestSeconds * format.fps),
    rules.validation,
    shortest,
  );
  if (plans.length === 0) throw new UserError(`no episode of ${folder} is ${rules.shortestSeconds} s long`);
  const stage = await Stage.open(options.out);
  const keys = plans.map(
    ({ clip, from, to }) => `episode-${keyOf(path.resolve(folder), clip, from, to, format)}`,
  );
  const progress = startProgress(
    'frames',
    plans.reduce((sum, { from, to }) => sum + to - from, 0),
    'frames',
  );
  let done = 0;
  try {
    for (const [index, episode] of source.episodes.entries()) {
      const jobs = plans.flatMap((plan, i) =>
        plan.clip === index ? [{ frames: episodeFrames(plan, new Set()), key: keys[i]! }] : [],
      );
      const open = async (from: number): Promise<AsyncGenerator<Uint8Array>> =>
        framesFrom(source, episode, from, size);
      await encodeEpisodes(open, jobs, format, stage, (count) => {
        signal.throwIfAborted();
        done += count;
        progress.update(done);
      });
    }
  } finally {
    progress.stop();
  }
  const episodes = plans.map((plan, i): EpisodeContent => {
    const { actions } = source.episodes[plan.clip]!;
    return {
      source: `episode ${plan.clip}`,
      startSeconds: plan.from / format.fps,
      split: plan.split,
      displacement: asMotions(actions, motions).slice(plan.from * MOTIONS.length, plan.to * MOTIONS.length),
      confidence: new Float64Array(plan.to - plan.from).fill(1),
      pictureStats: stage.path(`${keys[i]}.json`),
    };
  });
  const scale = actionScale(
    episodes.filter(({ split }) => split === 'train').map(({ displacement }) => displacement),
  );
  const name = path.basename(path.resolve(options.out));
  const report = {
    clips: source.episodes.map(({ length }, index) => ({
      file: `episode ${index}`,
      seconds: length / format.fps,
      repeated: [],
      kept: plans.flatMap(({ clip, from, to }) => (clip === index ? [{ from, to }] : [])),
      left: length < shortest ? [{ from: 0, to: length, reason: 'too short' }] : [],
      confidence: 1,
    })),
    bad: [],
  };
  const actionSource = Object.fromEntries(motions.map((motion, i) => [motion, source.actionNames[i]!]));
  const content = keyOf(keys, plans, report, name, scale, actionSource);
  await assemble(
    { folder: options.out, name, format, scale, logNames: [], actionSource, episodes, report, content },
    keys,
    stage,
  );
  await stage.prune(new Set(keys.flatMap((key) => [`${key}.mp4`, `${key}.json`])));
}

/** The motion that each action dimension becomes. */
export function motionsOf(names: readonly string[], folder: string): Motion[] {
  if (names.length > MOTIONS.length) {
    throw new UserError(
      `the actions of ${folder} have ${names.length} dimensions (${names.join(', ')})`,
      `Reverie takes up to ${MOTIONS.length}`,
    );
  }
  const free = new Set<Motion>(MOTIONS);
  const found = names.map((name) => {
    const word = name.toLowerCase();
    const meant = MEANINGS.find(([pattern, motion]) => free.has(motion) && pattern.test(word))?.[1];
    if (meant !== undefined) free.delete(meant);
    return meant;
  });
  return found.map((motion) => {
    const [next] = free;
    const chosen = motion ?? next!;
    free.delete(chosen);
    return chosen;
  });
}

/** [frames, 6], zero where the robot has no such dimension. */
function asMotions(actions: Float64Array, motions: readonly Motion[]): Float64Array {
  const frames = actions.length / motions.length;
  const result = new Float64Array(frames * MOTIONS.length);
  for (let t = 0; t < frames; t++) {
    for (const [i, motion] of motions.entries()) {
      result[t * MOTIONS.length + MOTIONS.indexOf(motion)] = actions[t * motions.length + i]!;
    }
  }
  return result;
}

/** The frames of an episode from a frame on; half a frame of slack keeps the seek from skipping the first. */
function framesFrom(
  { fps }: LeRobotDataset,
  { video, fromSeconds, length }: LeRobotEpisode,
  from: number,
  size: { readonly width: number; readonly height: number },
): AsyncGenerator<Uint8Array> {
  const seconds = Math.max(0, fromSeconds + (from - 0.5) / fps);
  return decode(video, { ...size, pixels: 'yuv420p', fromSeconds: seconds, count: length - from });
}
