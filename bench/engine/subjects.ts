import { sizeOf } from '../../src/engine/graph.ts';
import {
  type AutoencoderConfig,
  autoencoderParameters,
  decode,
  encode,
  REDUCTION,
  reconstructionLoss,
} from '../../src/model/autoencoder.ts';
import {
  type DynamicsConfig,
  denoise,
  dynamicsParameters,
  rememberSequence,
} from '../../src/model/dynamics.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import type { OptimiserConfig } from '../../src/train/optimiser/index.ts';
import type { Objective } from '../../src/train/step.ts';

/** Something to train, in sizes that a peer can rebuild. */
export interface Subject {
  readonly name: 'autoencoder' | 'transformer';
  readonly title: string;
  /** What the peer needs to know to build the same model. */
  readonly config: AutoencoderConfig | DynamicsConfig;
  readonly objective: Objective;
  readonly batch: Readonly<Record<string, Float32Array>>;
}

/** AdamW, which every framework has, with the clipping and the average that training uses. */
export const OPTIMISER: OptimiserConfig = {
  weightDecay: 0.01,
  clipNorm: 1,
  emaDecay: 0.99,
  matrices: 'adamw',
};
export const RATE = 1e-3;

/** The autoencoder of the shipped recipes on 8 frames of 128 × 72. */
export function autoencoder(): Subject {
  const config: AutoencoderConfig = { channels: 16, widths: [96, 64, 32], depth: 2 };
  const pixels = [8, 72, 128, 3] as const;
  const latents = [8, 72 / REDUCTION, 128 / REDUCTION, config.channels];
  const objective: Objective = {
    parameters: autoencoderParameters(config),
    batch: { frames: { shape: pixels }, noise: { shape: latents } },
    loss(params, { frames, noise }) {
      const pictures = frames!.as4D(...pixels);
      const noisy = encode(config, params, pictures).add(noise!).reshape(latents);
      return reconstructionLoss(decode(config, params, noisy.as4D(8, 9, 16, config.channels)), pictures);
    },
  };
  return subject('autoencoder', 'autoencoder, 8 frames of 128×72', config, objective);
}

/** The space-time transformer of the dynamics on latents of 128 × 72 frames. */
export function transformer(
  width: number,
  depth: number,
  heads: number,
  batch: number,
  frames: number,
): Subject {
  const config: DynamicsConfig = {
    width,
    depth,
    heads,
    patch: { height: 1, width: 2 },
    temporal: Array.from({ length: Math.floor(depth / 2) }, (_, index) => 2 * index + 1),
    window: frames,
    warp: false,
    actions: 3,
    latent: { height: 9, width: 16, channels: 16 },
  };
  const picture = { shape: [batch, frames, 9, 16, 16] };
  const perFrame = { shape: [batch, frames] };
  const objective: Objective = {
    parameters: dynamicsParameters(config),
    batch: {
      latents: picture,
      context: picture,
      previous: picture,
      actions: { shape: [batch, frames, 3] },
      levels: perFrame,
    },
    loss(params, { latents, context, previous, actions, levels }) {
      const past = {
        latents: context!,
        previous: previous!,
        actions: actions!,
        levels: levels!.mul(0).add(0.9),
      };
      const target = { latents: latents!, previous: previous!, actions: actions!, levels: levels! };
      const memory = rememberSequence(config, params, past);
      return denoise(config, params, target, memory).sub(context!).square().mean().asScalar();
    },
  };
  return subject(
    'transformer',
    `transformer, ${batch} × ${2 * frames} frames of 72 tokens`,
    config,
    objective,
  );
}

export function parameterCount({ objective }: Subject): number {
  return Object.values(objective.parameters).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function subject(
  name: Subject['name'],
  title: string,
  config: Subject['config'],
  objective: Objective,
): Subject {
  const random = seededRandom(5);
  const batch = Object.fromEntries(
    Object.entries(objective.batch).map(([key, { shape }]) => {
      const data = fillNormal(random, new Float32Array(sizeOf(shape)));
      // Pictures and signal levels lie in 0…1.
      const unit = key === 'frames' || key === 'levels';
      return [key, unit ? data.map((value) => 1 / (1 + Math.exp(-value))) : data];
    }),
  );
  return { name, title, config, objective, batch };
}
