import type { Dataset, Episode } from '../../src/data/types.ts';
import type { WorldManifest } from '../../src/world/manifest.ts';
import type { Frame, Session, World } from '../../src/world/types.ts';

export const SIZE = { width: 64, height: 36 };
const PIXELS_PER_UNIT = 2;
const DATASET_SCALE = 0.02;
const WORLD_SCALE = 0.01;

/** A panorama seen by a camera that yaws: the frame at a position, in pixels to the right. */
export function sceneFrame(position: number, { width, height } = SIZE): Frame {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = x + position;
      const wave =
        Math.sin(at * 0.37) * 40 + Math.sin(at * 0.091 + 1) * 50 + Math.sin(at * 0.9 + y * 0.5) * 20;
      const sky = y < height / 3 ? 60 : 0;
      for (let c = 0; c < 3; c++) {
        rgb[(y * width + x) * 3 + c] = Math.round(110 + wave * (1 - 0.2 * c) + sky * (c / 2));
      }
    }
  }
  return { width, height, rgb };
}

/** An action every ten frames anew: the camera pans left, rests or pans right, with no period of its own. */
function yawAt(episode: number, t: number): number {
  return Math.sin(Math.floor(t / 10) * 2.4 + episode * 1.7);
}

/** A dataset of a panning camera: two training and two held-out episodes of 120 frames. */
export function fakeDataset(size = SIZE): Dataset {
  const episodes: Episode[] = [0, 1, 2, 3].map((index) => ({
    index,
    length: 120,
    source: 'procedural',
    startSeconds: 4 * index,
    split: index < 2 ? 'train' : 'val',
  }));
  const actionsOf = ({ index, length }: Episode): Float32Array =>
    Float32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? 1 : yawAt(index, (i - 1) / 2)));
  const positionOf = (episode: Episode, frame: number): number => {
    let position = 1000 * episode.index;
    for (let t = 0; t < frame; t++) position += yawAt(episode.index, t) * PIXELS_PER_UNIT;
    return position;
  };
  return {
    folder: '/nowhere',
    info: {
      name: 'panning',
      fps: 10,
      width: size.width,
      height: size.height,
      actionNames: ['forward', 'yaw'],
      actionScale: [1, DATASET_SCALE],
      episodes,
    },
    actions: async (episode) => actionsOf(episode),
    frames: async (episode, from = 0, count = episode.length - from) => {
      const frames = Array.from({ length: count }, (_, i) => sceneFrame(positionOf(episode, from + i), size));
      return Buffer.concat(frames.map((frame) => frame.rgb));
    },
  };
}

/** How a fake world imagines: from the camera's true position, what it was told to do, and how far it is. */
type Painter = (position: number, frameIndex: number) => Frame;

interface FakeOptions {
  readonly name: string;
  /** What becomes of a commanded yaw. */
  readonly obey?: (yaw: number, frameIndex: number) => number;
  readonly paint?: Painter;
}

/** A world that finds its position by comparing the last context frame with the scene, then pans as told. */
export function fakeWorld({
  name,
  obey = (yaw) => yaw,
  paint = (position) => sceneFrame(position),
}: FakeOptions): World {
  const session = (begin: number): Session => {
    let position = begin;
    let frameIndex = 0;
    return {
      get frameIndex() {
        return frameIndex;
      },
      current: async () => paint(position, frameIndex),
      step: async (action) => {
        position += (obey(action[0]!, frameIndex) * PIXELS_PER_UNIT * WORLD_SCALE) / DATASET_SCALE;
        frameIndex++;
        return paint(position, frameIndex);
      },
      settled: async () => {},
      reset: () => {
        position = begin;
        frameIndex = 0;
      },
      save: () => Promise.reject(new Error('a fake world cannot be saved')),
      load: () => {
        throw new Error('a fake world cannot be loaded');
      },
    };
  };
  return {
    folder: '/nowhere',
    manifest: fakeManifest(name),
    newSession: () => session(0),
    sessionFromFrames: async (frames) => session(positionOfFrame(frames.at(-1)!)),
    reconstruct: async (frames) => frames.map(softened),
    close: async () => {},
  };
}

/** The true scene, but it stays where it was. */
export const frozenWorld = () => fakeWorld({ name: 'frozen', obey: () => 0 });
/** Moves on its own, whatever it is told. */
export const deafWorld = () => fakeWorld({ name: 'ignores actions', obey: (_, t) => Math.sin(t) + 0.5 });
/** Obeys, but each picture is softer than the one before. */
export const blurredWorld = () =>
  fakeWorld({
    name: 'blurred',
    paint: (position, frameIndex) => blurred(sceneFrame(position), Math.min(8, Math.ceil(frameIndex / 4))),
  });
export const perfectWorld = () => fakeWorld({ name: 'perfect' });

export function blurred(frame: Frame, times: number): Frame {
  let image = frame;
  for (let i = 0; i < times; i++) image = softened(image);
  return image;
}

/** Each pixel with a quarter of its left and right neighbours. */
function softened({ width, height, rgb }: Frame): Frame {
  const out = new Uint8Array(rgb);
  const row = 3 * width;
  for (let start = 0; start < height * row; start += row) {
    for (let i = start + 3; i < start + row - 3; i++) {
      out[i] = Math.round(rgb[i]! / 2 + (rgb[i - 3]! + rgb[i + 3]!) / 4);
    }
  }
  return { width, height, rgb: out };
}

const positions = new Map<string, number>();

function positionOfFrame(frame: Frame): number {
  if (positions.size === 0) {
    const { info } = fakeDataset();
    for (const { index, length } of info.episodes) {
      let position = 1000 * index;
      for (let t = 0; t < length; t++) {
        positions.set(Buffer.from(sceneFrame(position).rgb).toString('base64'), position);
        position += yawAt(index, t) * PIXELS_PER_UNIT;
      }
    }
  }
  return positions.get(Buffer.from(frame.rgb).toString('base64'))!;
}

function fakeManifest(name: string): WorldManifest {
  return {
    format: 'reverie-world',
    version: 2,
    name,
    description: 'a camera that pans over stripes',
    licence: 'CC0-1.0',
    attribution: 'none',
    frame: SIZE,
    latent: { width: 8, height: 4, channels: 4 },
    fps: 10,
    actions: {
      names: ['yaw'],
      scale: [WORLD_SCALE],
      rest: [0],
      keys: { ArrowLeft: [-1], ArrowRight: [1] },
      demos: [],
    },
    sampling: { steps: 1, contextLevel: 0.9 },
    memory: { window: 8, layers: 1, heads: 1, headDim: 8, tokens: 32 },
    starts: { count: 1 },
    files: {},
    training: { parameters: 0, minutes: 0, data: 'procedural' },
  };
}
