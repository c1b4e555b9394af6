import { z } from 'zod';
import { type Calibration, calibrate } from '../egomotion/calibrate.ts';
import { cameraSchema } from '../egomotion/camera.ts';
import type { Tracks } from '../egomotion/tracker.ts';
import { readIfThere, writeAtomically } from '../fileSystem.ts';
import { median } from '../statistics.ts';
import { measuringSize } from './clipSight.ts';
import type { Clip } from './inputs.ts';
import type { SeenClip } from './seeClips.ts';
import { keyOf, type Stage } from './stage.ts';
import { readTracks } from './tracksFile.ts';

/** What is known of the lens. */
export interface LensChoice {
  /** Horizontal field of view in degrees; estimated when unknown. */
  readonly fieldOfView?: number;
}

/** The camera of each clip, and the files of the stage that hold what was found. */
export interface Cameras {
  of(clip: Clip): Calibration;
  readonly files: readonly string[];
}

const calibrationSchema = z.object({
  camera: cameraSchema,
  range: z.object({ from: z.number(), to: z.number() }).exactOptional(),
});

/** Pairs that are looked at for a lens, spread evenly over the footage. */
const PAIRS = 300;
/** Points that are used, of all pairs together. */
const POINTS = 24_000;
/** Fewer points than this say too little about a lens. */
const FEWEST_POINTS = 20;
/** Median motion of a pair, in pixels, from which it can tell something. */
const LEAST_FLOW = 0.3;

/**
 * Calibrates the cameras of the footage. Clips of one picture size are taken to come from one camera.
 *
 * @throws UserError when a file of tracks is damaged, or when `signal` asks to stop
 */
export async function chooseCameras(
  clips: readonly SeenClip[],
  fps: number,
  choice: LensChoice,
  stage: Stage,
  signal: AbortSignal,
): Promise<Cameras> {
  const groups = new Map<string, SeenClip[]>();
  for (const seen of clips) {
    const size = sizeOf(seen.clip);
    groups.set(size, [...(groups.get(size) ?? []), seen]);
  }
  const cameras = new Map<string, Calibration>();
  const files: string[] = [];
  for (const [size, group] of groups) {
    const key = keyOf(
      fps,
      choice.fieldOfView,
      group.map(({ clip }) => clip.fingerprint),
    );
    const name = `camera-${key}.json`;
    files.push(name);
    const known = await readIfThere(stage.path(name));
    const camera =
      known === undefined
        ? await calibrateGroup(group, choice, signal)
        : calibrationSchema.parse(JSON.parse(known));
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
  group: readonly SeenClip[],
  choice: LensChoice,
  signal: AbortSignal,
): Promise<Calibration> {
  const [first] = group;
  if (first === undefined) throw new Error('a group of clips is empty');
  const { width, height } = measuringSize(first.clip.video.width, first.clip.video.height);
  const total = group.reduce((sum, { sight }) => sum + sight.frames, 0);
  const share = Math.min(1, PAIRS / total);
  const pairs: Tracks[] = [];
  let count = 0;
  for (const { tracksFile } of group) {
    for await (const tracks of readTracks(tracksFile)) {
      signal.throwIfAborted();
      const wanted = Math.floor((count + 1) * share) > Math.floor(count * share);
      count++;
      if (wanted && tracks.length >= 4 * FEWEST_POINTS) pairs.push(tracks);
    }
  }
  const lively = pairs.filter((pair) => medianFlow(pair) > LEAST_FLOW);
  return calibrate(thinned(lively), width, height, choice.fieldOfView);
}

/** Every so many of the pairs' points. Those of a pair come the strongest first, from all over the picture. */
function thinned(pairs: readonly Tracks[]): Tracks[] {
  const most = Math.ceil(POINTS / pairs.length);
  return pairs.map((tracks) => {
    const every = Math.ceil(tracks.length / 4 / most);
    return tracks.filter((_, i) => Math.floor(i / 4) % every === 0);
  });
}

function medianFlow(tracks: Tracks): number {
  return median(
    Array.from({ length: tracks.length / 4 }, (_, i) =>
      Math.hypot(tracks[4 * i + 2]! - tracks[4 * i]!, tracks[4 * i + 3]! - tracks[4 * i + 1]!),
    ),
  );
}
