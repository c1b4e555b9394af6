import { createHash } from 'node:crypto';
import path from 'node:path';
import { interruptible } from '../../cli/interrupt.ts';
import { startProgress } from '../../cli/progress.ts';
import { UserError } from '../../errors.ts';
import { MOTIONS } from '../../world/manifest.ts';
import { actionScale } from '../actions/scale.ts';
import { openDataset } from '../dataset.ts';
import { resizedCamera } from '../egomotion/camera.ts';
import { fieldOfView } from '../egomotion/lens.ts';
import { asUserError } from '../fileSystem.ts';
import { isLeRobot } from '../lerobot/read.ts';
import type { EpisodeContent } from '../lerobot/write.ts';
import { median } from '../statistics.ts';
import type { Dataset } from '../types.ts';
import { type AnalysedClip, analyseClips } from './analyseClips.ts';
import { assemble, episodeFrames, episodeMotion } from './assemble.ts';
import type { LensChoice } from './chooseCameras.ts';
import { type ClipLog, joinLogs } from './clipLogs.ts';
import { encodeEpisodes } from './encodeEpisodes.ts';
import { type EpisodePlan, planEpisodes } from './episodes.ts';
import { checkedSize, commonFormat, type FrameFormat } from './format.ts';
import { importLeRobot } from './importLeRobot.ts';
import { type BadInput, type Clip, findClips } from './inputs.ts';
import type { IngestReport } from './reportSchema.ts';
import { type Rules, readRules } from './rules.ts';
import { framesOf } from './seeClips.ts';
import { keyOf, removeUnfinished, Stage } from './stage.ts';

/** What to make of which footage. */
export interface IngestOptions extends LensChoice {
  /** Files, folders and glob patterns; or one LeRobot dataset. */
  readonly inputs: readonly string[];
  /** The dataset's folder. */
  readonly out: string;
  /** Frame size; by default 128 on the long side in the footage's shape. Multiples of 8. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Frames per second; by default the footage's own, halved until it is at most 30. */
  readonly fps?: number;
  /** The user's own actions: a CSV for the one clip, or a folder with a CSV named as each clip. */
  readonly actions?: string;
  /** A file like `configs/ingest.yaml`. */
  readonly config?: string;
}

/** A clip may be this much slower than the dataset before frames would have to be shown twice. */
const SLOWER = 0.95;

/**
 * Makes a dataset from footage: measures the camera's motion, leaves out what nothing can be learned from,
 * cuts episodes and writes them as a LeRobot v3.0 dataset. A LeRobot dataset is taken over with its own actions
 * instead. Run again after an interruption it goes on where it was; the same footage and options give the same
 * bytes.
 *
 * @throws UserError when nothing usable is left, when the camera never moves, when the disk is full, or when
 * interrupted by Ctrl-C
 */
export async function ingest(options: IngestOptions): Promise<Dataset> {
  return interruptible(async (signal) => {
    try {
      const rules = await readRules(options.config);
      const [first] = options.inputs;
      if (options.inputs.length === 1 && first !== undefined && isLeRobot(first)) {
        await importLeRobot(first, options, rules, signal);
      } else {
        await ingestFootage(options, rules, signal);
      }
      return await openDataset(options.out);
    } catch (error) {
      // Ctrl-C reaches ffmpeg too, whose end then looks like a damaged file.
      if (!signal.aborted) throw asUserError(error, options.out);
      removeUnfinished(options.out);
      throw new UserError('stopped', 'run the same command again to go on');
    }
  });
}

async function ingestFootage(options: IngestOptions, rules: Rules, signal: AbortSignal): Promise<void> {
  const { clips, bad } = await findClips(options.inputs, options.fps);
  const format = formatOf(options, clips);
  const { usable, tooSlow } = bySpeed(clips, format.fps);
  const rejected = [...bad, ...tooSlow];
  for (const { file, reason } of rejected) process.stderr.write(`left out ${file}: ${reason}\n`);
  const stage = await Stage.open(options.out);
  const footage = await analyseClips(usable, format, options, rules, stage, signal);
  const logs = await joinLogs(options.actions, footage.clips, format.fps);
  const plans = planEpisodes(
    footage.clips.map(({ kept }) => kept),
    Math.round(rules.longestSeconds * format.fps),
    rules.validation,
    Math.round(rules.shortestSeconds * format.fps),
  );
  const report = {
    clips: footage.clips.map((clip, i) => reportOf(clip, format.fps, logs[i])),
    bad: [...rejected, ...footage.undecodable],
  };
  refuseStill(footage.clips, plans, report);
  const frames = plans.map((plan) => episodeFrames(plan, footage.clips[plan.clip]!.repeated));
  const keys = await encodeAll(footage.clips, plans, frames, format, stage, signal);
  const episodes = plans.map((plan, i): EpisodeContent => {
    const { clip, motion } = footage.clips[plan.clip]!;
    const log = logs[plan.clip];
    const columns = log?.names.length ?? 0;
    return {
      ...{ source: clip.name, startSeconds: plan.from / format.fps, split: plan.split },
      ...episodeMotion(motion, frames[i]!),
      ...(log === undefined ? {} : { log: rowsOf(log.values, columns, frames[i]!) }),
      pictureStats: stage.path(`${keys[i]}.json`),
    };
  });
  const scale = actionScale(
    episodes.filter(({ split }) => split === 'train').map(({ displacement }) => displacement),
  );
  const name = path.basename(path.resolve(options.out));
  const camera = resizedCamera(footage.clips[0]!.camera, format.width, format.height);
  const logNames = logs.find((log) => log !== undefined)?.names ?? [];
  const content = keyOf(keys, plans, report, name, scale, logs.map(digest));
  const { fieldsOfView } = footage.clips[0]!;
  const dataset = {
    ...{ folder: options.out, name, format, scale, camera, logNames, episodes, report, content },
    ...(fieldsOfView === undefined ? {} : { fieldsOfView: rounded(fieldsOfView) }),
  };
  await assemble(dataset, keys, stage);
  await stage.prune(new Set([...footage.files, ...keys.flatMap((key) => [`${key}.mp4`, `${key}.json`])]));
}

function rowsOf(values: Float32Array, columns: number, rows: readonly number[]): Float32Array {
  return Float32Array.from(rows.flatMap((t) => Array.from(values.subarray(t * columns, (t + 1) * columns))));
}

function digest(log: ClipLog | undefined): string | undefined {
  return log && createHash('sha256').update(log.values).digest('hex');
}

function formatOf(options: IngestOptions, clips: readonly Clip[]): FrameFormat {
  const common = commonFormat(clips);
  return { ...checkedSize(options.size ?? common), fps: options.fps ?? common.fps };
}

function bySpeed(clips: readonly Clip[], fps: number): { usable: Clip[]; tooSlow: BadInput[] } {
  const usable = clips.filter((clip) => clip.video.fps >= fps * SLOWER);
  const tooSlow = clips
    .filter((clip) => !usable.includes(clip))
    .map(({ file, video }) => ({
      file,
      reason: `it has ${video.fps} frames per second and the dataset ${fps}; use --fps ${video.fps} or ingest it by itself`,
    }));
  if (usable.length === 0) throw new UserError(tooSlow[0]?.reason ?? 'no video is left');
  return { usable, tooSlow };
}

function reportOf(
  { clip, camera, fieldsOfView, frames, motion, kept, left, repeated }: AnalysedClip,
  fps: number,
  log: ClipLog | undefined,
): IngestReport['clips'][number] {
  return {
    file: clip.name,
    seconds: frames / fps,
    kept: [...kept],
    left: [...left],
    repeated: kept.flatMap(({ from, to }) => [...repeated].filter((t) => t >= from && t < to)),
    lens: {
      ...{ fieldOfView: Math.round(fieldOfView(camera.lens)), curve: camera.lens.curve },
      ...(fieldsOfView === undefined ? {} : { range: rounded(fieldsOfView) }),
    },
    ...(log === undefined ? {} : { log: log.report }),
    confidence: median(motion.confidence),
  };
}

function rounded({ from, to }: { readonly from: number; readonly to: number }): { from: number; to: number } {
  return { from: Math.round(from), to: Math.round(to) };
}

/** Angles (radians) and translation below which nobody would say that the camera moved. */
const STILL = [0.01, 0.01, 0.01, 0.002, 0.002, 0.002];
const MOVING_SHARE = 0.02;

function refuseStill(
  analysed: readonly AnalysedClip[],
  plans: readonly EpisodePlan[],
  report: IngestReport,
): void {
  if (plans.length === 0) {
    const reasons = new Set(report.clips.flatMap(({ left }) => left.map(({ reason }) => reason)));
    throw new UserError(
      `nothing usable in ${report.clips.map(({ file }) => file).join(', ')} (${[...reasons].join(', ')})`,
      'give at least a second of video from a moving camera',
    );
  }
  let moving = 0;
  let frames = 0;
  for (const { clip, from, to } of plans) {
    const { displacement } = analysed[clip]!.motion;
    for (let t = from; t < to; t++) {
      if (STILL.some((limit, k) => Math.abs(displacement[t * MOTIONS.length + k]!) > limit)) moving++;
    }
    frames += to - from;
  }
  if (moving >= frames * MOVING_SHARE) return;
  throw new UserError(
    `the camera does not move in ${report.clips.map(({ file }) => file).join(', ')}`,
    'a world is learned from how the picture changes as the camera moves; film while walking, riding or driving',
  );
}

async function encodeAll(
  analysed: readonly AnalysedClip[],
  plans: readonly EpisodePlan[],
  frames: readonly (readonly number[])[],
  format: FrameFormat,
  stage: Stage,
  signal: AbortSignal,
): Promise<string[]> {
  const total = frames.reduce((sum, { length }) => sum + length, 0);
  const progress = startProgress('frames', total, 'frames');
  const keys = plans.map(
    ({ clip }, i) => `episode-${keyOf(analysed[clip]!.clip.fingerprint, frames[i], format)}`,
  );
  let done = 0;
  try {
    for (const [index, clip] of analysed.entries()) {
      const jobs = plans.flatMap((plan, i) =>
        plan.clip === index ? [{ frames: frames[i]!, key: keys[i]! }] : [],
      );
      const open = (from: number): ReturnType<typeof framesOf> => framesOf(clip.clip, from, format, stage);
      await encodeEpisodes(open, jobs, format, stage, (count) => {
        signal.throwIfAborted();
        done += count;
        progress.update(done, clip.clip.name);
      });
    }
  } finally {
    progress.stop();
  }
  return keys;
}
