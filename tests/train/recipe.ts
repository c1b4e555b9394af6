import type { TrainConfig } from '../../src/train/config.ts';

const STAGE = {
  steps: 2,
  batch: 2,
  rate: 0.01,
  warmup: 2,
  schedule: 'cosine',
  weightDecay: 0.01,
  clipNorm: 1,
  emaDecay: 0.9,
  matrices: 'adamw',
} as const;

const SEQUENCE = {
  ...STAGE,
  window: 3,
  frames: 4,
  contextFloor: 0.7,
  contextLevel: 0.9,
  stillLevel: 0.7,
  stillShare: 0.5,
  keyframes: 64,
  selfContext: 0.5,
  contextRounds: 1,
  still: 0,
  reversed: 0,
  pureNoise: 0.3,
  passes: 2,
} as const;

/** A recipe whose models are as small as they get. */
export const RECIPE: TrainConfig & { readonly dynamics: { readonly family: 'transformer' } } = {
  name: 'tiny',
  seed: 1,
  actions: ['forward', 'yaw'],
  shake: [],
  autoencoder: { ...STAGE, channels: 2, widths: [8, 6, 4], depth: 1, latentNoise: 0.1 },
  dynamics: {
    ...SEQUENCE,
    family: 'transformer',
    width: 12,
    depth: 2,
    heads: 2,
    patch: 2,
    temporal: [0, 1],
    warp: true,
  },
};

/** Dynamics of the second family, for the same recipe. */
export const FLOW_WARP = {
  ...SEQUENCE,
  family: 'flowWarp',
  width: 6,
  depth: 1,
  memory: 2,
} as const satisfies TrainConfig['dynamics'];

/** The recipe with these dynamics, and pictures that are blended with those before. */
export const BLENDED = {
  ...RECIPE,
  dynamics: FLOW_WARP,
  reprojection: { ...STAGE, width: 4, contextRounds: 1 },
} as const satisfies TrainConfig;
