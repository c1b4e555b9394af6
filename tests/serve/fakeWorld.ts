import type { WorldManifest } from '../../src/world/manifest.ts';
import { ORIGIN } from '../../src/world/pose.ts';
import type { Frame, Session, World } from '../../src/world/types.ts';

export interface FakeWorldOptions {
  /** What imagining one denoising step costs. */
  readonly stepMs?: number;
  readonly fps?: number;
  readonly failAt?: number;
  readonly width?: number;
  readonly height?: number;
  readonly steps?: number;
}

export interface FakeWorld extends World {
  readonly closed: boolean;
}

const TURN = 0.03;
const SPEED = 0.35;
const START_TURN = 0.08;

const turn = (frames: number, yaw: number): number[][] => Array.from({ length: frames }, () => [1, yaw]);

/** A landscape that pans with the yaw and comes nearer with every step forward. */
export function fakeWorld(options: FakeWorldOptions = {}): FakeWorld {
  const { stepMs = 0, fps = 30, failAt, width = 256, height = 144, steps = 2 } = options;
  const manifest: WorldManifest = {
    format: 'reverie-world',
    version: 6,
    name: 'Rolling hills',
    description: 'A procedural landscape that stands in for a learned world: hills, a sun and a road.',
    licence: 'CC0-1.0',
    attribution: 'Nobody filmed this',
    frame: { width, height },
    latent: { width: width / 8, height: height / 8, channels: 4 },
    fps,
    actions: {
      names: ['forward', 'yaw'],
      driven: ['forward', 'yaw'],
      scale: [SPEED, TURN],
      rest: [0, 0],
      keys: {
        KeyW: [1, 0],
        KeyS: [-1, 0],
        KeyA: [0, -1],
        KeyD: [0, 1],
        ArrowUp: [1, 0],
        ArrowDown: [-1, 0],
        ArrowLeft: [0, -1],
        ArrowRight: [0, 1],
      },
      demos: [
        [...turn(60, 0), ...turn(60, 0.5), ...turn(60, -0.5)],
        [...turn(60, -0.4), ...turn(60, 0.4)],
      ],
    },
    sampling: { steps, contextLevel: 0.9, stillLevel: 0.7, stillShare: 1, keyframes: 0 },
    memory: { window: 8, layers: 1, heads: 1, headDim: 8, tokens: 4 },
    starts: { count: 3 },
    files: {},
    training: { minutes: 15, parameters: 0, device: '2 CPU cores' },
  };

  const newSession = (firstSeed: number, firstStart = 0): Session => {
    let seed = firstSeed;
    let yaw = firstStart * START_TURN;
    let forward = 0;
    let frameIndex = 0;
    const frame = (): Frame => paint(width, height, yaw, forward, seed);
    return {
      get frameIndex() {
        return frameIndex;
      },
      current: async () => frame(),
      step: async (action, taken = steps) => {
        if (failAt !== undefined && frameIndex >= failAt) throw new Error('the fake world is broken');
        if (stepMs > 0) await new Promise((resolve) => setTimeout(resolve, stepMs * taken));
        forward += (action[0] ?? 0) * SPEED;
        yaw += (action[1] ?? 0) * TURN;
        frameIndex += 1;
        return frame();
      },
      settled: async () => {},
      reset: (nextSeed, start = 0) => {
        seed = nextSeed;
        yaw = start * START_TURN;
        forward = 0;
        frameIndex = 0;
      },
      save: async () => ({
        frameIndex,
        view: {
          pose: ORIGIN,
          dynamics: {
            cache: [],
            ages: new Float32Array(),
            slot: 0,
            previous: new Float32Array(),
            shown: Float32Array.of(seed, yaw, forward),
            random: [0, 0, 0, 0],
          },
        },
        picture: frame(),
        keyframes: [],
      }),
      load: (snapshot) => {
        [seed = 0, yaw = 0, forward = 0] = snapshot.view.dynamics.shown;
        frameIndex = snapshot.frameIndex;
      },
    };
  };

  let closed = false;
  return {
    manifest,
    folder: '/nowhere',
    newSession,
    sessionFromFrames: async (_frames, _actions, seed) => newSession(seed),
    reconstruct: async (frames) => [...frames],
    close: async () => {
      closed = true;
    },
    get closed() {
      return closed;
    },
  };
}

const FIELD_OF_VIEW = 1.2;
const SUN_YAW = 0.25;

function paint(width: number, height: number, yaw: number, forward: number, seed: number): Frame {
  const rgb = new Uint8Array(width * height * 3);
  const tint = (seed % 7) * 3;
  for (let x = 0; x < width; x += 1) {
    const side = x / width - 0.5;
    const angle = yaw + side * FIELD_OF_VIEW;
    const far = 0.43 + 0.04 * Math.sin(angle * 5 + 1) + 0.02 * Math.sin(angle * 13);
    const near = 0.53 + 0.03 * Math.sin(angle * 7) + 0.012 * Math.sin(angle * 23 + 2);
    for (let y = 0; y < height; y += 1) {
      const up = y / height;
      const at = (y * width + x) * 3;
      const sun = Math.exp(-((angle - SUN_YAW) ** 2 * 90 + (up - 0.24) ** 2 * 260));
      let colour: readonly number[] = [
        222 - up * 60 + 60 * sun,
        160 + up * 70 + 90 * sun,
        190 + tint - up * 70 + 60 * sun,
      ];
      if (up > far) colour = [96, 104 + tint, 130];
      if (up > near) colour = ground(up, side, angle, forward);
      for (let channel = 0; channel < 3; channel += 1) {
        rgb[at + channel] = Math.max(0, Math.min(255, colour[channel] ?? 0));
      }
    }
  }
  return { width, height, rgb };
}

function ground(up: number, side: number, angle: number, forward: number): readonly number[] {
  const depth = 1 / (up - 0.5 + 0.02);
  const across = (side + angle * 0.02) * depth;
  if (Math.abs(across) < 0.12 && (((depth * 1.6 + forward) % 4) + 4) % 4 < 2) return [236, 226, 190];
  if (Math.abs(across) < 1.9) return [72, 70, 76];
  const stripe = (((depth * 1.6 + forward) % 6) + 6) % 6 < 3 ? 10 : 0;
  return [82 + stripe, 108 + stripe, 62];
}
