import { createHash } from 'node:crypto';
import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { startProgress } from '../../cli/progress.ts';
import { UserError } from '../../errors.ts';
import { MOTIONS } from '../../world/manifest.ts';
import { actionScale } from '../actions/scale.ts';
import { smoothMotion } from '../actions/smooth.ts';
import { openDataset } from '../dataset.ts';
import { type Camera, resizedCamera } from '../egomotion/camera.ts';
import { fieldOfView } from '../egomotion/lens.ts';
import { asUserError, readIfThere } from '../fileSystem.ts';
import { INFO_FILE, videoPath } from '../lerobot/schema.ts';
import { type EpisodeContent, writeDatasetTables } from '../lerobot/write.ts';
import { median } from '../statistics.ts';
import type { Dataset } from '../types.ts';
import { chooseCameras, type LensChoice } from './chooseCameras.ts';
import { analyseClip, type ClipAnalysis } from './clipAnalysis.ts';
import { encodeEpisodes } from './encodeEpisodes.ts';
import { type EpisodePlan, planEpisodes } from './episodes.ts';
import { commonFormat, type FrameFormat } from './format.ts';
import { type BadInput, type Clip, findClips } from './inputs.ts';
import type { IngestReport } from './reportSchema.ts';
import { type LeftOut, type Range, segmentClip } from './segments.ts';
import { STAGE_VERSION, Stage } from './stage.ts';

/** What to make of which footage. */
export interface IngestOptions extends LensChoice {
  /** Files and folders. */
  readonly inputs: readonly string[];
  /** The dataset's folder. */
  readonly out: string;
  /** Frame size; by default 128 on the long side in the footage's shape. Multiples of 8. */
  readonly size?: { readonly width: number; readonly height: number };
  /** Frames per second; by default the footage's own, halved until it is at most 30. */
  readonly fps?: number;
  /** Share of the footage's time, at its end, that is put aside for validation. */
  readonly validation?: number;
}

interface AnalysedClip {
  readonly clip: Clip;
  readonly key: string;
  readonly camera: Camera;
  readonly analysis: ClipAnalysis;
  readonly kept: readonly Range[];
  readonly left: readonly LeftOut[];
}

const LONGEST_SECONDS = 60;
const SHORTEST_SECONDS = 1;
const VALIDATION = 0.2;
/** A clip may be this much slower than the dataset before frames would have to be shown twice. */
const SLOWER = 0.95;
/** Durations in headers are not exact. */
const MISSING_SECONDS = 0.5;

/**
 * Makes a dataset from footage: measures the camera's motion, leaves out what nothing can be learned from,
 * cuts episodes and writes them in the LeRobot v2.1 layout. Run again after an interruption it goes on where
 * it was; the same footage and options give the same bytes.
 *
 * @throws UserError when nothing usable is left, when the camera never moves, or when the disk is full
 */
export async function ingest(options: IngestOptions): Promise<Dataset> {
  const { clips, bad } = await findClips(options.inputs);
  const format = formatOf(options, clips);
  const { usable, tooSlow } = bySpeed(clips, format.fps);
  const rejected = [...bad, ...tooSlow];
  for (const { file, reason } of rejected) process.stderr.write(`left out ${file}: ${reason}\n`);
  const stage = await Stage.open(options.out);
  try {
    const { analysed, undecodable, cameraFiles } = await analyseAll(usable, format, options, stage);
    const plans = planEpisodes(
      analysed.map(({ kept }) => kept),
      Math.round(LONGEST_SECONDS * format.fps),
      options.validation ?? VALIDATION,
      Math.round(SHORTEST_SECONDS * format.fps),
    );
    const allBad = [...rejected, ...undecodable];
    const report = { clips: analysed.map((clip) => reportOf(clip, format.fps)), bad: allBad };
    refuseStill(analysed, plans, report);
    const keys = await encodeAll(analysed, plans, format, stage);
    await assemble(options.out, analysed, plans, keys, format, report, stage);
    await stage.prune(
      new Set([
        ...cameraFiles,
        ...analysed.map(({ key }) => `clip-${key}.csv`),
        ...keys.flatMap((key) => [`${key}.mp4`, `${key}.json`]),
      ]),
    );
    return await openDataset(options.out);
  } catch (error) {
    throw asUserError(error, options.out);
  }
}

function formatOf(options: IngestOptions, clips: readonly Clip[]): FrameFormat {
  const common = commonFormat(clips);
  const size = options.size ?? common;
  if (size.width % 8 !== 0 || size.height % 8 !== 0 || size.width < 16 || size.height < 16) {
    throw new UserError(
      `the frame size ${size.width}x${size.height} does not fit`,
      'use multiples of 8, as in --size 128x96',
    );
  }
  return { width: size.width, height: size.height, fps: options.fps ?? common.fps };
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

async function analyseAll(
  clips: readonly Clip[],
  format: FrameFormat,
  choice: LensChoice,
  stage: Stage,
): Promise<{ analysed: AnalysedClip[]; undecodable: BadInput[]; cameraFiles: readonly string[] }> {
  const cameras = await chooseCameras(clips, format.fps, choice, stage);
  const seconds = clips.map((clip) => clip.video.duration ?? 0);
  const total = Math.round(seconds.reduce((sum, value) => sum + value, 0) * format.fps);
  const progress = startProgress('motion', total, 'frames');
  const analysed: AnalysedClip[] = [];
  const undecodable: BadInput[] = [];
  let done = 0;
  try {
    for (const clip of clips) {
      const camera = cameras.of(clip);
      const key = keyOf(clip.fingerprint, format.fps, camera);
      let analysis = await stage.readAnalysis(key);
      if (analysis === undefined) {
        const before = done;
        const outcome = await analyseOrReason(clip, camera, format.fps, (frames) =>
          progress.update(Math.min(total, before + frames), clip.name),
        );
        if (typeof outcome === 'string') {
          undecodable.push({ file: clip.file, reason: outcome });
          process.stderr.write(`left out ${clip.file}: ${outcome}\n`);
          continue;
        }
        analysis = await stage.writeAnalysis(key, outcome);
      }
      done += analysis.frames;
      progress.update(Math.min(total, done), clip.name);
      const { kept, left } = segmentClip(analysis, format.fps);
      analysed.push({
        clip,
        key,
        camera,
        analysis,
        kept,
        left: [...left, ...missingEnd(clip, analysis, format.fps)],
      });
    }
  } finally {
    progress.stop();
  }
  if (analysed.length === 0) throw new UserError(undecodable[0]?.reason ?? 'no video is left');
  return { analysed, undecodable, cameraFiles: cameras.files };
}

async function analyseOrReason(
  clip: Clip,
  camera: Camera,
  fps: number,
  onFrame: (done: number) => void,
): Promise<ClipAnalysis | string> {
  try {
    return await analyseClip(clip.file, camera, fps, onFrame);
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
}

/** What the file's header promises and the file does not hold: a download or a recording that was cut off. */
function missingEnd({ video }: Clip, { frames }: ClipAnalysis, fps: number): LeftOut[] {
  const promised = Math.round((video.duration ?? 0) * fps);
  if (frames >= promised - MISSING_SECONDS * fps) return [];
  return [{ from: frames, to: promised, reason: 'missing, the file ends early' }];
}

function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([STAGE_VERSION, ...parts]))
    .digest('hex')
    .slice(0, 20);
}

function reportOf(
  { clip, camera, analysis, kept, left }: AnalysedClip,
  fps: number,
): IngestReport['clips'][number] {
  return {
    file: clip.name,
    seconds: analysis.frames / fps,
    kept: [...kept],
    left: [...left],
    lens: { fieldOfView: Math.round(fieldOfView(camera.lens)), curve: camera.lens.curve },
    confidence: median(analysis.confidence),
  };
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
    const { displacement } = analysed[clip]!.analysis;
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
  format: FrameFormat,
  stage: Stage,
): Promise<string[]> {
  const total = plans.reduce((sum, { from, to }) => sum + to - from, 0);
  const progress = startProgress('frames', total, 'frames');
  const keys = plans.map(
    ({ clip, from, to }) => `episode-${keyOf(analysed[clip]!.clip.fingerprint, from, to, format)}`,
  );
  let done = 0;
  try {
    for (const [index, { clip }] of analysed.entries()) {
      const jobs = plans.flatMap((plan, i) => (plan.clip === index ? [{ ...plan, key: keys[i]! }] : []));
      await encodeEpisodes(clip.file, jobs, format, stage, (count) => {
        done += count;
        progress.update(done, clip.name);
      });
    }
  } finally {
    progress.stop();
  }
  return keys;
}

/** Whether the folder holds this very dataset already, complete. */
async function isWritten(out: string, content: string): Promise<boolean> {
  const text = await readIfThere(path.join(out, INFO_FILE));
  if (text === undefined || !text.includes(`"content": "${content}"`)) return false;
  return openDataset(out).then(
    () => true,
    () => false,
  );
}

async function assemble(
  out: string,
  analysed: readonly AnalysedClip[],
  plans: readonly EpisodePlan[],
  keys: readonly string[],
  format: FrameFormat,
  report: IngestReport,
  stage: Stage,
): Promise<void> {
  const episodes = plans.map((plan, i) =>
    contentOf(analysed[plan.clip]!, plan, format.fps, stage.path(`${keys[i]}.json`)),
  );
  const training = episodes.filter(({ split }) => split === 'train');
  const scale = actionScale(training.map(({ displacement }) => displacement));
  const name = path.basename(path.resolve(out));
  const content = keyOf(keys, plans, report, name, scale);
  if (await isWritten(out, content)) return;
  // The description goes first and comes back last: a half-replaced dataset must not look like a whole one.
  await rm(path.join(out, INFO_FILE), { force: true });
  for (const folder of ['data', 'videos', 'meta', 'cache']) {
    await rm(path.join(out, folder), { recursive: true, force: true });
  }
  for (const [i, key] of keys.entries()) await place(stage.path(`${key}.mp4`), path.join(out, videoPath(i)));
  const camera = resizedCamera(analysed[0]!.camera, format.width, format.height);
  await writeDatasetTables({ folder: out, name, format, scale, camera, episodes, report, content });
}

/** The rows of an episode: the motion of its frames, smoothed within it. */
function contentOf(
  { clip, analysis }: AnalysedClip,
  plan: EpisodePlan,
  fps: number,
  pictureStats: string,
): EpisodeContent {
  const width = MOTIONS.length;
  const confidence = analysis.confidence.slice(plan.from, plan.to);
  const measured = analysis.displacement.slice(plan.from * width, plan.to * width);
  // The last frame's motion leads out of the episode, perhaps into another scene.
  if (confidence.length > 1) {
    measured.copyWithin(measured.length - width, measured.length - 2 * width, measured.length - width);
    confidence.copyWithin(confidence.length - 1, confidence.length - 2, confidence.length - 1);
  }
  const displacement = smoothMotion(measured, width, confidence);
  displacement.copyWithin(displacement.length - width, -2 * width, -width);
  const { split } = plan;
  return { source: clip.name, startSeconds: plan.from / fps, split, displacement, confidence, pictureStats };
}

// The stage keeps its copy for the next run; a hard link costs no space.
async function place(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await rm(to, { force: true });
  try {
    await link(from, to);
  } catch {
    await copyFile(from, to);
  }
}
