import path from 'node:path';
import { PNG } from 'pngjs';
import type { Camera } from '../egomotion/camera.ts';
import { motionEstimator } from '../egomotion/estimate.ts';
import { Tracker } from '../egomotion/tracker.ts';
import { videoPath } from '../lerobot/schema.ts';
import type { Dataset, Episode } from '../types.ts';
import { decode } from '../video/decode.ts';
import { encodeVideo } from '../video/encode.ts';
import { type FrameLabels, readLabels } from './labels.ts';
import { type DrawnTracks, drawLabels } from './overlay.ts';

const ENLARGE = 4;
const SECONDS = 12;
const EPISODES = 4;
const NO_TRACKS: DrawnTracks = { tracks: new Float32Array(0) };

/**
 * Writes a film of the labels on the footage: some seconds of a few episodes spread over the dataset, at four
 * times the size of its frames.
 *
 * @param camera what the labels were measured with, to tell which tracks they follow; without it all look alike
 * @returns a picture of it as PNG
 */
export async function writeOverlay(
  dataset: Dataset,
  file: string,
  camera: Camera | undefined,
): Promise<Buffer> {
  const { width, height, fps } = dataset.info;
  const size = { width: width * ENLARGE, height: height * ENLARGE };
  const poster = new PNG(size);
  let t = 0;
  async function* film(): AsyncGenerator<Uint8Array> {
    for await (const rgb of frames(dataset, size, camera)) {
      // The last one drawn until a second has passed, since a short film has no other.
      if (t++ <= fps) paint(poster, rgb);
      yield rgb;
    }
  }
  await encodeVideo(file, film(), { ...size, fps, quality: 23 });
  return PNG.sync.write(poster);
}

function paint(picture: PNG, rgb: Uint8Array): void {
  for (let i = 0; i < picture.width * picture.height; i++) {
    picture.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    picture.data[4 * i + 3] = 255;
  }
}

async function* frames(
  dataset: Dataset,
  size: { readonly width: number; readonly height: number },
  camera: Camera | undefined,
): AsyncGenerator<Uint8Array> {
  const { episodes, fps } = dataset.info;
  const chosen = new Set(
    Array.from({ length: EPISODES }, (_, i) => Math.floor(((i + 0.5) * episodes.length) / EPISODES)),
  );
  for (const index of chosen) {
    const episode = episodes[index]!;
    yield* labelled(dataset, episode, Math.min(episode.length, Math.round(SECONDS * fps)), size, camera);
  }
}

async function* labelled(
  dataset: Dataset,
  episode: Episode,
  count: number,
  size: { readonly width: number; readonly height: number },
  camera: Camera | undefined,
): AsyncGenerator<Uint8Array> {
  const labels = await readLabels(dataset, episode);
  const { width, height } = dataset.info;
  const tracker = new Tracker(width, height);
  const names = dataset.info.actionNames;
  const estimate = camera && motionEstimator(camera);
  const draw = (rgb: Uint8Array, label: FrameLabels, tracks: DrawnTracks): Uint8Array => {
    drawLabels({ ...size, rgb }, label, names, tracks, ENLARGE);
    return rgb;
  };
  // A frame is drawn once the next is there, since its action and its tracks lead to that one.
  let waiting: Uint8Array | undefined;
  let t = 0;
  for await (const rgb of decode(path.join(dataset.folder, videoPath(episode.index)), { ...size, count })) {
    const pair = tracker.next(shrunkGrey(rgb, size.width, width, height));
    if (waiting !== undefined && pair !== undefined) {
      const { tracks } = pair;
      const drawn = estimate === undefined ? { tracks } : { tracks, agreeing: estimate(tracks).agreeing };
      yield draw(waiting, labels[t++]!, drawn);
    }
    waiting = rgb;
  }
  if (waiting !== undefined) yield draw(waiting, labels[t]!, NO_TRACKS);
}

/** The enlarged picture at the size of the dataset again, in grey. */
function shrunkGrey(rgb: Uint8Array, wide: number, width: number, height: number): Uint8Array {
  const grey = new Uint8Array(width * height);
  const offset = ENLARGE >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = ((y * ENLARGE + offset) * wide + x * ENLARGE + offset) * 3;
      grey[y * width + x] = (rgb[at]! * 77 + rgb[at + 1]! * 150 + rgb[at + 2]! * 29) >> 8;
    }
  }
  return grey;
}
