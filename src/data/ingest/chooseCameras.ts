import { z } from 'zod';
import { calibrate } from '../egomotion/calibrate.ts';
import type { Camera } from '../egomotion/camera.ts';
import { Tracker, type Tracks } from '../egomotion/tracker.ts';
import { readIfThere, writeAtomically } from '../fileSystem.ts';
import { median } from '../statistics.ts';
import { decode } from '../video/decode.ts';
import { measuringSize } from './clipAnalysis.ts';
import type { Clip } from './inputs.ts';
import { keyOf, type Stage } from './stage.ts';

/** What is known of the lens. */
export interface LensChoice {
  /** Horizontal field of view in degrees; estimated when unknown. */
  readonly fieldOfView?: number;
}

/** The camera of each clip, and the files of the stage that hold what was found. */
export interface Cameras {
  of(clip: Clip): Camera;
  readonly files: readonly string[];
}

const cameraSchema = z.object({
  lens: z.object({ width: z.number(), height: z.number(), focal: z.number(), curve: z.number() }),
  nearness: z.object({ columns: z.number(), rows: z.number(), values: z.array(z.number()) }),
});

const WINDOWS = 16;
const WINDOW_FRAMES = 15;
const MOST_PAIRS = 160;
/** Median motion of a pair, in pixels, from which it can tell something. */
const LEAST_FLOW = 0.3;

/**
 * Calibrates the cameras of the footage. Clips of one picture size are taken to come from one camera.
 */
export async function chooseCameras(
  clips: readonly Clip[],
  fps: number,
  choice: LensChoice,
  stage: Stage,
  signal: AbortSignal,
): Promise<Cameras> {
  const groups = new Map<string, Clip[]>();
  for (const clip of clips) groups.set(sizeOf(clip), [...(groups.get(sizeOf(clip)) ?? []), clip]);
  const cameras = new Map<string, Camera>();
  const files: string[] = [];
  for (const [size, group] of groups) {
    const key = keyOf(
      fps,
      choice.fieldOfView,
      group.map((clip) => clip.fingerprint),
    );
    const name = `camera-${key}.json`;
    files.push(name);
    const known = await readIfThere(stage.path(name));
    const camera =
      known === undefined
        ? await calibrateGroup(group, fps, choice, signal)
        : cameraSchema.parse(JSON.parse(known));
    if (known === undefined) await writeAtomically(stage.path(name), JSON.stringify(camera));
    cameras.set(size, camera);
  }
  return {
    files,
    of: (clip) => {
      const camera = cameras.get(sizeOf(clip));
      if (camera === undefined) throw new Error(`${clip.file} was not calibrated`);
      return camera;
    },
  };
}

function sizeOf({ video }: Clip): string {
  return `${video.width}x${video.height}`;
}

async function calibrateGroup(
  group: readonly Clip[],
  fps: number,
  choice: LensChoice,
  signal: AbortSignal,
): Promise<Camera> {
  const [first] = group;
  if (first === undefined) throw new Error('a group of clips is empty');
  const { width, height } = measuringSize(first.video.width, first.video.height);
  const pairs: Tracks[] = [];
  for (const { file, seconds } of windowsOf(group, fps)) {
    signal.throwIfAborted();
    pairs.push(...(await trackWindow(file, seconds, width, height, fps)));
  }
  signal.throwIfAborted();
  // Much motion tells most about a lens; pairs that stand still tell nothing.
  const lively = pairs
    .filter((pair) => medianFlow(pair) > LEAST_FLOW)
    .sort((a, b) => medianFlow(b) - medianFlow(a))
    .slice(0, MOST_PAIRS);
  return calibrate(lively, width, height, choice.fieldOfView);
}

/** Moments spread evenly over the footage, no two so near that they would show the same frames. */
function windowsOf(group: readonly Clip[], fps: number): { file: string; seconds: number }[] {
  const lengths = group.map((clip) => clip.video.duration ?? 1);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const windows = Math.min(WINDOWS, Math.max(1, Math.floor((total * fps) / WINDOW_FRAMES)));
  return Array.from({ length: windows }, (_, i) => {
    let seconds = (total * i) / windows;
    let clip = 0;
    while (clip < group.length - 1 && seconds >= lengths[clip]!) {
      seconds -= lengths[clip]!;
      clip++;
    }
    return {
      file: group[clip]!.file,
      seconds: Math.max(0, Math.min(seconds, lengths[clip]! - WINDOW_FRAMES / fps)),
    };
  });
}

async function trackWindow(
  file: string,
  fromSeconds: number,
  width: number,
  height: number,
  fps: number,
): Promise<Tracks[]> {
  const tracker = await Tracker.open(width, height);
  const result: Tracks[] = [];
  try {
    const frames = decode(file, { width, height, fps, pixels: 'gray', fromSeconds, count: WINDOW_FRAMES });
    for await (const frame of frames) {
      const pair = tracker.next(frame);
      if (pair !== undefined && pair.tracks.length >= 4 * 20) result.push(pair.tracks);
    }
  } catch {
    // A damaged file is reported when it is read as a whole.
    return result;
  } finally {
    tracker.close();
  }
  return result;
}

function medianFlow(tracks: Tracks): number {
  return median(
    Array.from({ length: tracks.length / 4 }, (_, i) =>
      Math.hypot(tracks[4 * i + 2]! - tracks[4 * i]!, tracks[4 * i + 3]! - tracks[4 * i + 1]!),
    ),
  );
}
