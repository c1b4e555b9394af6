import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import type { Dataset, Episode } from '../../src/data/types.ts';
import { RolloutStore } from '../../src/eval/rollouts/store.ts';
import { seededRandom } from '../../src/random.ts';
import type { WorldManifest } from '../../src/world/manifest.ts';
import type { Frame, Session, World } from '../../src/world/types.ts';

export const SIZE = { width: 64, height: 36 };
/** Pixels; a horizontal field of view of 65 degrees, which is what a dataset without a camera is taken to have. */
export const FOCAL = SIZE.width / 2 / Math.tan((32.5 * Math.PI) / 180);
/** Radians by unit. */
const DATASET_SCALE = 0.05;
const WORLD_SCALE = 0.025;
const MEMORY = 8;

const COLUMNS = 2048;
const panorama = paintPanorama();

/** A texture all around the camera, [row, column, colour] in levels, that never repeats, weaker the finer. */
function paintPanorama(): Float32Array {
  const random = seededRandom(5);
  const waves = Array.from({ length: 36 }, () => ({
    around: 1 + random.integer(60),
    up: random.normal() * 0.35,
    phase: random.uniform() * 2 * Math.PI,
    colour: [1, 0.6 + 0.4 * random.uniform(), 0.4 + 0.6 * random.uniform()],
  }));
  const level = new Float32Array(SIZE.height * COLUMNS * 3);
  for (let y = 0; y < SIZE.height; y++) {
    for (let x = 0; x < COLUMNS; x++) {
      const at = (y * COLUMNS + x) * 3;
      const angle = (x / COLUMNS) * 2 * Math.PI;
      for (const { around, up, phase, colour } of waves) {
        const value = (30 / Math.sqrt(around)) * Math.sin(around * angle + up * y + phase);
        for (let c = 0; c < 3; c++) level[at + c]! += value * colour[c]!;
      }
      for (let c = 0; c < 3; c++) level[at + c]! += 125 + (y < SIZE.height / 3 ? 15 * c : 0);
    }
  }
  return level;
}

/** How far a panorama is turned at an angle, beyond what the camera knows. */
type Forgery = (angle: number) => number;

/** What a pinhole camera sees that looks in a direction, in radians to the right. */
export function sceneFrame(heading: number, size = SIZE, forged: Forgery = () => 0): Frame {
  const { width, height } = size;
  const rgb = new Uint8Array(width * height * 3);
  for (let x = 0; x < width; x++) {
    const angle = heading + Math.atan((x - (width - 1) / 2) / FOCAL);
    const turns = (angle + forged(angle)) / (2 * Math.PI);
    const column = (turns - Math.floor(turns)) * COLUMNS;
    const left = Math.floor(column) % COLUMNS;
    const right = (left + 1) % COLUMNS;
    const share = column - Math.floor(column);
    for (let y = 0; y < height; y++) {
      const row = (y % SIZE.height) * COLUMNS;
      for (let c = 0; c < 3; c++) {
        const a = panorama[(row + left) * 3 + c]!;
        const b = panorama[(row + right) * 3 + c]!;
        rgb[(y * width + x) * 3 + c] = Math.min(255, Math.max(0, Math.round(a + (b - a) * share)));
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
    startSeconds: 12 * index,
    split: index < 2 ? 'train' : 'val',
  }));
  const actionsOf = ({ index, length }: Episode): Float32Array =>
    Float32Array.from({ length: 2 * length }, (_, i) => (i % 2 === 0 ? 1 : yawAt(index, (i - 1) / 2)));
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
      const frames = Array.from({ length: count }, (_, i) =>
        sceneFrame(headingOf(episode.index, from + i), size),
      );
      return Buffer.concat(frames.map((frame) => frame.rgb));
    },
  };
}

function headingOf(episode: number, frame: number): number {
  let heading = 1.3 * episode;
  for (let t = 0; t < frame; t++) heading += yawAt(episode, t) * DATASET_SCALE;
  return heading;
}

interface FakeOptions {
  readonly name: string;
  /** What becomes of a commanded turn, in radians; `past` are the commands so far, the present one last. */
  readonly obey?: (past: readonly number[]) => number;
  /** What becomes of a picture; frame 0 is the start. */
  readonly paint?: (frame: Frame, frameIndex: number) => Frame;
  /** Invents anew what has left the frame. */
  readonly forgets?: boolean;
  /** A seed adds noise of so many levels. */
  readonly noise?: number;
}

/** A world that finds its heading by comparing the last context frame with the scene, then pans as told. */
export function fakeWorld(options: FakeOptions): World {
  const {
    name,
    obey = (past) => past.at(-1)!,
    paint = (frame) => frame,
    forgets = false,
    noise = 0,
  } = options;
  const session = (begin: number, seed: number): Session => {
    const random = seededRandom(seed);
    const memory = forgets ? new Forgetting() : undefined;
    let past: number[] = [];
    let heading = begin;
    const show = (): Frame => {
      memory?.look(heading);
      const frame = paint(sceneFrame(heading, SIZE, memory?.forgery), past.length);
      return noise === 0
        ? frame
        : {
            ...frame,
            rgb: frame.rgb.map((level) => Math.min(255, Math.max(0, level + noise * random.normal()))),
          };
    };
    return {
      get frameIndex() {
        return past.length;
      },
      current: async () => show(),
      step: async (action) => {
        past.push(action[0]! * WORLD_SCALE);
        heading += obey(past);
        return show();
      },
      settled: async () => {},
      reset: () => {
        heading = begin;
        past = [];
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
    newSession: (seed) => session(0, seed),
    sessionFromFrames: async (frames, _, seed) => session(headingOfFrame(frames.at(-1)!), seed),
    reconstruct: async (frames) => frames.map((frame) => softened(frame)),
    close: async () => {},
  };
}

/** Sectors of the surroundings, each with the number of times that it was out of sight. */
class Forgetting {
  static readonly SECTORS = 36;
  readonly #times = new Int32Array(Forgetting.SECTORS);
  #visible = new Set<number>();

  readonly forgery: Forgery = (angle) => 1.7 * this.#times[sectorOf(angle)]!;

  look(heading: number): void {
    const half = Math.atan(SIZE.width / 2 / FOCAL);
    const visible = new Set<number>();
    for (let angle = -half; angle <= half; angle += half / 20) visible.add(sectorOf(heading + angle));
    for (const sector of this.#visible) if (!visible.has(sector)) this.#times[sector]! += 1;
    this.#visible = visible;
  }
}

function sectorOf(angle: number): number {
  const turns = angle / (2 * Math.PI);
  return Math.floor((turns - Math.floor(turns)) * Forgetting.SECTORS) % Forgetting.SECTORS;
}

export const perfectWorld = () => fakeWorld({ name: 'perfect' });
/** The true scene, but it stays where it was. */
export const frozenWorld = () => fakeWorld({ name: 'frozen', obey: () => 0 });
/** Moves on its own, whatever it is told. */
export const deafWorld = () =>
  fakeWorld({ name: 'ignores actions', obey: ({ length }) => DATASET_SCALE * Math.sin(length / 3) });
/** Does what it was told three frames ago. */
export const delayedWorld = () => fakeWorld({ name: 'delayed', obey: (past) => past.at(-4) ?? 0 });
/** Turns left for right. */
export const mirroredWorld = () => fakeWorld({ name: 'mirrored', obey: (past) => -past.at(-1)! });
/** Obeys, but each picture is softer than the one before. */
export const blurredWorld = () =>
  fakeWorld({ name: 'blurred', paint: (frame, t) => blurred(frame, Math.min(8, Math.ceil(t / 4))) });
/** Obeys, but turns redder with every frame. */
export const tintedWorld = () =>
  fakeWorld({
    name: 'tinted',
    paint: ({ rgb, ...size }, t) => ({
      ...size,
      rgb: rgb.map((level, i) => (i % 3 === 0 ? Math.min(255, level + 2 * t) : level)),
    }),
  });
/** Obeys, but its brightness goes up and down with every frame. */
export const flickeringWorld = () =>
  fakeWorld({
    name: 'flickering',
    paint: ({ rgb, ...size }, t) => ({
      ...size,
      rgb: rgb.map((level) => Math.min(255, Math.max(0, level + (t % 2 === 0 ? 6 : -6)))),
    }),
  });
/** Obeys, but shows nothing from frame 8 to 17. */
export const lapsingWorld = () =>
  fakeWorld({
    name: 'lapsing',
    paint: ({ rgb, ...size }, t) => ({ ...size, rgb: t >= 8 && t < 18 ? rgb.map(() => 128) : rgb }),
  });
/** Obeys, but invents anew what has left the frame. */
export const forgetfulWorld = () => fakeWorld({ name: 'forgetful', forgets: true });

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

const headings = new Map<string, number>();

function headingOfFrame(frame: Frame): number {
  if (headings.size === 0) {
    for (const { index, length } of fakeDataset().info.episodes) {
      for (let t = 0; t < length; t++) {
        const heading = headingOf(index, t);
        headings.set(Buffer.from(sceneFrame(heading).rgb).toString('base64'), heading);
      }
    }
  }
  return headings.get(Buffer.from(frame.rgb).toString('base64'))!;
}

function fakeManifest(name: string): WorldManifest {
  return {
    format: 'reverie-world',
    version: 6,
    name,
    description: 'a camera that pans over a panorama',
    licence: 'CC0-1.0',
    attribution: 'none',
    frame: SIZE,
    latent: { width: 8, height: 4, channels: 4 },
    fps: 10,
    actions: {
      names: ['yaw'],
      driven: ['yaw'],
      scale: [WORLD_SCALE],
      rest: [0],
      keys: { ArrowLeft: [-2], ArrowRight: [2] },
      demos: [],
    },
    sampling: { steps: 1, contextLevel: 0.9, stillLevel: 0.7, stillShare: 1, keyframes: 0 },
    memory: { window: MEMORY, layers: 1, heads: 1, headDim: 8, tokens: 32 },
    starts: { count: 1 },
    files: {},
    training: { parameters: 0, minutes: 0, data: 'procedural' },
  };
}

/** A store in a folder that lasts as long as the test file. */
export function scratchStore(): RolloutStore {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'reverie-rollouts-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return new RolloutStore(folder);
}
