import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type HostTensor,
  Program,
  type TensorGroup,
  type TensorSpec,
  trace,
  valueAndGradients,
} from '../../src/engine/index.ts';
import { autoencoderParameters, decode, encode, reconstructionLoss } from '../../src/model/autoencoder.ts';
import { denoise, dynamicsParameters, rememberSequence } from '../../src/model/dynamics.ts';
import { openDynamics } from '../../src/model/families.ts';
import { initialise, type ParameterSpecs } from '../../src/model/parameters.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { useReference } from '../engine/equality.ts';
import { AUTOENCODER, DYNAMICS, framesOf } from './tiny.ts';

const FLOW_WARP = openDynamics(
  { family: 'flowWarp', width: 6, depth: 2, memory: 2, window: 3 },
  { actions: DYNAMICS.actions, latent: DYNAMICS.latent },
);

type Loss = (params: TensorGroup, data: TensorGroup) => tf.Scalar;

/** A model, its data, and a loss that every parameter takes part in. */
const MODELS: readonly (readonly [
  string,
  {
    readonly specs: ParameterSpecs;
    readonly data: Readonly<Record<string, TensorSpec>>;
    readonly loss: Loss;
  },
])[] = [
  [
    'autoencoder',
    {
      specs: autoencoderParameters(AUTOENCODER),
      data: { frames: { shape: [2, 16, 24, 3] } },
      loss: (params, { frames }) => {
        const pictures = frames!.sigmoid().as4D(2, 16, 24, 3);
        return reconstructionLoss(
          decode(AUTOENCODER, params, encode(AUTOENCODER, params, pictures)),
          pictures,
        );
      },
    },
  ],
  [
    'dynamics',
    {
      specs: dynamicsParameters(DYNAMICS),
      data: framesOf(2, 4),
      loss: (params, data) => {
        const { latents, previous, actions, levels, context } = data as Record<string, tf.Tensor>;
        const past = {
          latents: context!,
          previous: previous!,
          actions: actions!,
          levels: levels!.mul(0).add(0.9),
        };
        const target = {
          latents: latents!,
          previous: previous!,
          actions: actions!,
          levels: levels!.sigmoid(),
        };
        return denoise(DYNAMICS, params, target, rememberSequence(DYNAMICS, params, past))
          .sub(0.2)
          .square()
          .mean()
          .asScalar();
      },
    },
  ],
  [
    'flowWarp',
    {
      specs: FLOW_WARP.parameters,
      data: framesOf(2, 4),
      loss: (params, data) => {
        const { latents, previous, actions, levels, context } = data as Record<string, tf.Tensor>;
        const shared = { previous: previous!, actions: actions! };
        const past = { ...shared, latents: context!, levels: levels!.mul(0).add(0.9) };
        const target = { ...shared, latents: latents!, levels: levels!.sigmoid() };
        return FLOW_WARP.readSequence(params, past)(target).sub(0.2).square().mean().asScalar();
      },
    },
  ],
];

describe('whole models, compiled against eager', () => {
  it.each(MODELS)('%s: loss and gradient of every parameter', async (name, { specs, data, loss }) => {
    const params = randomised(specs);
    const values = Object.fromEntries(
      Object.entries(data).map(([key, { shape }], index) => [key, randomTensor(shape, 100 + index)]),
    );
    await useReference();
    const eager = valueAndGradients(tensors(params), (now) => loss(now, tensors(values)));
    const graph = trace(
      (inputs) => {
        const { value, gradients } = valueAndGradients(inputs.params, (now) => loss(now, inputs.data));
        return { logs: { value }, gradients };
      },
      { params: specs, data },
    );
    const program = await Program.compile(graph, { threads: 1 });
    const outputs = await program.run(
      new Map([
        ...Object.entries(params).map(([key, value]) => [`params/${key}`, value] as const),
        ...Object.entries(values).map(([key, value]) => [`data/${key}`, value] as const),
      ]),
    );
    await program.release();
    const found = (path: string): readonly number[] => Array.from(outputs.get(path)!.data, Number);
    expect(relativeError(found('logs/value'), [...eager.value.dataSync()])).toBeLessThan(1e-5);
    let worst = 0;
    for (const [key, gradient] of Object.entries(eager.gradients)) {
      const expected = [...gradient.dataSync()];
      expect(norm(expected), `${key} takes no part`).toBeGreaterThan(0);
      worst = Math.max(worst, relativeError(found(`gradients/${key}`), expected));
    }
    if (process.env.REVERIE_TEST_ERRORS) console.log(`${name}: worst gradient error ${worst}`);
    expect(worst).toBeLessThan(1e-4);
  });
});

describe('the autoencoder', () => {
  it('halves the sides three times and back, within bounds', async () => {
    await useReference();
    const params = tensors(randomised(autoencoderParameters(AUTOENCODER)));
    const frames = tf.randomUniform([2, 16, 40, 3], 0, 1, 'float32', 1) as tf.Tensor4D;
    const latents = encode(AUTOENCODER, params, frames.mul(50));
    expect(latents.shape).toEqual([2, 2, 5, AUTOENCODER.channels]);
    expect(latents.abs().max().arraySync()).toBeLessThanOrEqual(3);
    expect(decode(AUTOENCODER, params, latents).shape).toEqual(frames.shape);
  });
});

/** Starting values with the zeros filled in: a closed gate would hide what lies behind it. */
function randomised(specs: ParameterSpecs): Record<string, HostTensor> {
  const values = initialise(specs, seededRandom(3));
  return Object.fromEntries(
    Object.entries(specs).map(([name, { shape }], index) => {
      const data = values.get(name)!;
      if (data.every((value) => value === 0))
        data.set(randomTensor(shape, index + 7).data.map((value) => 0.1 * value));
      return [name, { shape, data }];
    }),
  );
}

function randomTensor(shape: readonly number[], seed: number): HostTensor {
  const size = shape.reduce((product, side) => product * side, 1);
  return { shape, data: fillNormal(seededRandom(seed), new Float32Array(size)) };
}

function tensors(values: Readonly<Record<string, HostTensor>>): TensorGroup {
  return Object.fromEntries(
    Object.entries(values).map(([name, { data, shape }]) => [name, tf.tensor(data, [...shape])]),
  );
}

function norm(values: readonly number[]): number {
  return Math.hypot(...values);
}

/** The length of the difference in lengths of what was expected. */
function relativeError(found: readonly number[], expected: readonly number[]): number {
  return norm(expected.map((value, index) => value - found[index]!)) / norm(expected);
}
