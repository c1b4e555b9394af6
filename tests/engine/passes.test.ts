import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Graph, sizeOf } from '../../src/engine/graph.ts';
import {
  blockedConvolutions,
  channelBlock,
  channelsFirst,
  cpuPasses,
  DEFAULT_PASSES,
  dropUnused,
  foldConstants,
  fuse,
  type HostTensor,
  narrowSumsAsProducts,
  type Pass,
  Program,
  recompute,
  type SpecGroups,
  shareEqual,
  shiftsAsPads,
  squaresInSums,
  type TensorGroups,
  type TensorsOf,
  trace,
  transposesInSteps,
  turnedProducts,
  unfoldedConvolutions,
  valueAndGradients,
  webgpuForms,
} from '../../src/engine/index.ts';
import { convolution, depthToSpace, spaceToDepth } from '../../src/model/layers.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { autoencoderObjective } from '../../src/train/autoencoderStage.ts';
import { traceStep } from '../../src/train/step.ts';
import { RECIPE } from '../train/recipe.ts';

/** Blocks of channels of this processor; elsewhere its passes are those without blocks. */
const BLOCK = await channelBlock();
const EVERY_PASS = cpuPasses(BLOCK);

describe('passes change nothing but the way', () => {
  it('channels first, on random networks of convolutions and what stands between them', async () => {
    const steps = fc.array(fc.constantFrom(...Object.keys(LAYERS)), { minLength: 1, maxLength: 7 });
    await fc.assert(
      fc.asyncProperty(steps, async (names) => {
        expect(await difference(...network(names), EVERY_PASS)).toBeLessThan(1e-5);
      }),
      { seed: 11, numRuns: 12 },
    );
  });

  it.runIf(BLOCK)('channels in blocks, on random networks of as many channels', async () => {
    const steps = fc.array(fc.constantFrom(...Object.keys(LAYERS)), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(steps, fc.constantFrom(1, 2), async (names, blocks) => {
        const [fn, specs] = network(names, blocks * BLOCK!);
        expect(trace(fn, specs, EVERY_PASS).nodes.some(({ op }) => op === BLOCKED)).toBe(true);
        expect(await difference(fn, specs, EVERY_PASS)).toBeLessThan(1e-5);
      }),
      { seed: 5, numRuns: 6 },
    );
  });

  it('gradients of filters, on random convolutions of batches below, at and above a block', async () => {
    const small = fc.integer({ min: 1, max: 3 });
    const geometry = fc.record({
      pictures: fc.constantFrom(1, 3, 16, 17, 32),
      height: fc.integer({ min: 3, max: 8 }),
      width: fc.integer({ min: 3, max: 9 }),
      channels: fc.constantFrom(3, 16),
      filters: fc.constantFrom(4, 16, 32),
      taps: fc.tuple(small, small),
      stride: fc.tuple(small, small),
      dilation: fc.constantFrom(1, 2),
      pad: fc.constantFrom<'same' | 'valid'>('same', 'valid'),
    });
    const used = new Set<string>();
    await fc.assert(
      fc.asyncProperty(geometry, async ({ pictures, height, width, channels, filters, ...window }) => {
        const strides: [number, number] = window.dilation > 1 ? [1, 1] : window.stride;
        const taps = window.dilation > 1 ? [2, 2] : window.taps;
        const specs = {
          x: { all: { shape: [pictures, height, width, channels] } },
          params: { w: { shape: [...taps, channels, filters] } },
        };
        const fn = ({ x, params }: TensorsOf<typeof specs>): TensorGroups => {
          const { value, gradients } = valueAndGradients(params, ({ w }) =>
            tf
              .conv2d(x.all as tf.Tensor4D, w as tf.Tensor4D, strides, window.pad, 'NHWC', window.dilation)
              .square()
              .mean()
              .asScalar(),
          );
          return { logs: { value }, gradients };
        };
        for (const { op } of trace(fn, specs, EVERY_PASS).nodes) used.add(op);
        for (const passes of [EVERY_PASS, [unfoldedConvolutions], cpuPasses(undefined)])
          expect(await difference(fn, specs, passes)).toBeLessThan(1e-5);
      }),
      { seed: 4, numRuns: 25 },
    );
    expect([...used]).toContain('Gemm');
    if (BLOCK) expect([...used]).toContain(BLOCKED);
  });

  it.each(EVERY_PASS.map((pass) => [pass.name, pass] as const))('%s alone', async (_, pass) => {
    expect(await difference(...network(Object.keys(LAYERS)), [pass])).toBeLessThan(1e-5);
  });

  it('every pass but one', async () => {
    const [fn, specs] = network(Object.keys(LAYERS));
    for (const left of EVERY_PASS) {
      const rest = EVERY_PASS.filter((pass) => pass !== left);
      expect(await difference(fn, specs, rest), `without ${left.name}`).toBeLessThan(1e-5);
    }
  });

  it('rounding as WebGPU has it, to the bit, ties to the even one', async () => {
    const specs = { x: { a: { shape: [9, 11] } } };
    const numbers = [-2.5, -1.5, -0.5, 0.49999997, 0.5, 0.50000006, 1.5, 2.5, 8388607.5, 1e30, -1e30];
    const fn = ({ x }: TensorsOf<typeof specs>): TensorGroups => ({
      // Added to zero, both zeros are one.
      y: { drawn: x.a.mul(9).round().add(0), ties: x.a.mul(0).add(tf.tensor1d(numbers)).round().add(0) },
    });
    const graph = trace(fn, specs, [webgpuForms]);
    expect(graph.nodes.some(({ op }) => op === 'Round')).toBe(false);
    expect(await results(graph)).toEqual(await results(trace(fn, specs, [])));
  });

  it('sums over narrow axes as products', async () => {
    const specs = { x: { a: { shape: [5, 2, 3, 4] } } };
    const fn = ({ x }: TensorsOf<typeof specs>): TensorGroups => ({
      y: { mean: x.a.mean(1), kept: x.a.sum(2, true), last: x.a.sum(3), two: x.a.mean([1, 2]) },
    });
    const ops = trace(fn, specs, [narrowSumsAsProducts]).nodes.map(({ op }) => op);
    expect([
      ops.filter((op) => op === 'MatMul').length,
      ops.filter((op) => op.startsWith('Reduce')).length,
    ]).toEqual([2, 2]);
    expect(await difference(fn, specs, [narrowSumsAsProducts])).toBeLessThan(1e-6);
  });

  it('sums of squares in one reading, unless somebody reads the squares', async () => {
    const specs = { x: { a: { shape: [5, 7] }, b: { shape: [3] } } };
    const fn = ({ x }: TensorsOf<typeof specs>): TensorGroups => {
      const read = x.b.square();
      return {
        y: { norm: x.a.square().sum().sqrt(), rows: x.a.square().sum(1, true), total: read.sum(), read },
      };
    };
    const ops = trace(fn, specs, [squaresInSums]).nodes.map(({ op }) => op);
    expect(ops.filter((op) => op === 'ReduceSumSquare').length).toBe(2);
    expect(await difference(fn, specs, [squaresInSums])).toBeLessThan(1e-6);
  });

  it('products with a transposed left side, turned where that is cheaper, whichever side is the smaller', async () => {
    const specs = {
      x: {
        a: { shape: [40, 100] },
        b: { shape: [40, 90] },
        c: { shape: [400, 300] },
        d: { shape: [400, 200] },
        e: { shape: [400, 100] },
      },
    };
    const fn = ({ x }: TensorsOf<typeof specs>): TensorGroups => ({
      y: {
        small: tf.matMul(x.a, x.b, true),
        left: tf.matMul(x.d, x.c, true),
        right: tf.matMul(x.c, x.e, true),
      },
    });
    const transposes = trace(fn, specs, [turnedProducts]).nodes.filter(({ op }) => op === 'Transpose');
    // One for `left`; two for `right`, whose product is turned too. The small one is not worth it.
    expect(transposes.map(({ outputs }) => outputs[0]!.shape)).toEqual([
      [1, 200, 400],
      [1, 100, 400],
      [1, 300, 100],
    ]);
    expect(await difference(fn, specs, [turnedProducts])).toBeLessThan(1e-5);
  });

  it('parts of what was padded as pads of their own', async () => {
    const side = fc.integer({ min: 1, max: 4 });
    const cases = fc.tuple(
      side,
      side,
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      fc.nat(),
      fc.nat(),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ([height, width, before, after, seed, more]) => {
        const specs = { x: { all: { shape: [height, width] } } };
        const long = width + before + after;
        const start = seed % long;
        const fn = ({ x }: TensorsOf<typeof specs>): TensorGroups => {
          const padded = x.all.pad([
            [0, 1],
            [before, after],
          ]);
          return { y: { out: padded.slice([0, start], [height, 1 + (more % (long - start))]) } };
        };
        expect(await difference(fn, specs, [shiftsAsPads])).toBe(0);
      }),
      { seed: 3, numRuns: 30 },
    );
  });

  it('transposes in steps, for any order of any axes', async () => {
    const cases = fc
      .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 5 })
      .chain((shape) =>
        fc.tuple(
          fc.constant(shape),
          fc.shuffledSubarray([...shape.keys()], { minLength: shape.length, maxLength: shape.length }),
        ),
      );
    await fc.assert(
      fc.asyncProperty(cases, async ([shape, perm]) => {
        const specs = { x: { all: { shape } } };
        expect(
          await difference(({ x }) => ({ y: { out: x.all!.transpose(perm) } }), specs, [transposesInSteps]),
        ).toBe(0);
      }),
      { seed: 2, numRuns: 20 },
    );
  });

  it('fused biases and gradients of relu', async () => {
    const specs = {
      x: { a: { shape: [5, 6] } },
      params: { w: { shape: [6, 3] }, b: { shape: [3] }, c: { shape: [5, 1] } },
    };
    const fn = ({ x, params }: TensorsOf<typeof specs>): TensorGroups => {
      const { value, gradients } = valueAndGradients(params, ({ w, b, c }) =>
        // A bias over rows, and a product that is read twice, must be left alone.
        tf.matMul(x.a, w!).add(b!).relu().add(tf.matMul(x.a, w!).add(c!).relu()).square().mean().asScalar(),
      );
      return { logs: { value }, gradients };
    };
    expect(await difference(fn, specs, [fuse])).toBeLessThan(1e-6);
    const single = trace(({ x, params }) => ({ y: { out: tf.matMul(x.a, params.w).add(params.b) } }), specs);
    expect(single.nodes.map(({ op, inputs }) => `${op} of ${inputs.length}`)).toEqual(['Gemm of 3']);
  });
});

it('the gradient of relu squared needs no choice: it is zero already where relu is', async () => {
  const specs = { x: { a: { shape: [5, 6] }, b: { shape: [5, 6] } } };
  const fn = ({ x }: TensorsOf<typeof specs>): TensorGroups => ({
    y: {
      squared: tf.grad((a: tf.Tensor) => a.relu().square().mul(x.b).sum())(x.a),
      // Of another number's relu, the choice stays.
      other: tf.grad((a: tf.Tensor) => a.relu().mul(x.b.relu()).sum())(x.a),
    },
  });
  expect(trace(fn, specs).nodes.filter(({ op }) => op === 'Greater').length).toBe(1);
  expect(await difference(fn, specs, DEFAULT_PASSES)).toBe(0);
});

describe('simplifying', () => {
  const specs = { x: { a: { shape: [3, 4] }, b: { shape: [3, 4] } } };
  const ops = (fn: (inputs: TensorsOf<typeof specs>) => tf.Tensor, passes: readonly Pass[]): string[] =>
    trace((inputs) => ({ y: { out: fn(inputs) } }), specs, passes).nodes.map(({ op }) => op);

  it('computes equal things once', () => {
    const twice = ({ x }: TensorsOf<typeof specs>): tf.Tensor => x.a.exp().add(x.b).mul(x.a.exp());
    expect(ops(twice, [])).toEqual(['Exp', 'Add', 'Exp', 'Mul']);
    expect(ops(twice, [shareEqual])).toEqual(['Exp', 'Add', 'Mul']);
  });

  it('leaves out what no output needs', () => {
    const idle = ({ x }: TensorsOf<typeof specs>): tf.Tensor => {
      x.a.exp().sum();
      return x.a.add(x.b);
    };
    expect(ops(idle, [])).toEqual(['Exp', 'ReduceSum', 'Add']);
    expect(ops(idle, [dropUnused])).toEqual(['Add']);
  });

  it('works out what is constant, to the bit', async () => {
    const fn = ({ x }: TensorsOf<typeof specs>): TensorGroups => {
      const table = tf.range(0, 4).div(3).reshape([1, 4]);
      const rows = tf.tensor2d([[0.1], [-0], [7]]);
      const mask = rows.greater(table).logicalNot().cast('float32').transpose();
      return {
        y: {
          tables: x.a.add(rows.sub(table).mul(0.3).neg().abs().sqrt()),
          masks: x.a.matMul(mask),
          unchanged: x.a.mul(1).div(1).sub(0),
          zeros: x.a.mul(-0).add(0),
        },
      };
    };
    const graph = trace(fn, specs, [foldConstants]);
    expect(graph.nodes.map(({ op }) => op).sort()).toEqual(['Add', 'Add', 'Gemm', 'Mul']);
    expect(await results(graph)).toEqual(await results(trace(fn, specs, [])));
  });

  it('makes a scalar of an operand whose elements are all equal: the gradient of a mean', () => {
    const large = { x: { a: { shape: [30, 40] } } };
    const fn = ({ x }: TensorsOf<typeof large>): TensorGroups => ({
      y: { out: tf.grad((a: tf.Tensor) => a.square().mean())(x.a) },
    });
    const operands = (passes: readonly Pass[]): string[] =>
      trace(fn, large, passes).nodes.map(
        ({ op, inputs }) => `${op} ${inputs.map(({ shape }) => `[${shape}]`).join(' ')}`,
      );
    expect(operands([]).length).toBeGreaterThan(4);
    expect(operands([foldConstants])).toEqual(['Mul [30,40] []', 'Mul [] [30,40]']);
  });
});

it('recomputation gives the same values and gradients, and does compute again', async () => {
  const specs = {
    x: { a: { shape: [5, 6] } },
    params: { v: { shape: [6, 4] }, w: { shape: [4, 6] } },
  };
  const block = (x: tf.Tensor, v: tf.Tensor, w: tf.Tensor): tf.Tensor =>
    x.add(tf.matMul(tf.matMul(x, v).tanh(), w));
  const step = (layer: typeof block) => (inputs: TensorsOf<typeof specs>) => {
    const { value, gradients } = valueAndGradients(inputs.params, ({ v, w }) =>
      layer(layer(inputs.x.a, v!, w!), v!, w!)
        .square()
        .mean()
        .asScalar(),
    );
    return { logs: { value }, gradients };
  };
  const [plain, again] = [trace(step(block), specs), trace(step(recompute(block)), specs)];
  const tanhs = (graph: Graph): number => graph.nodes.filter(({ op }) => op === 'Tanh').length;
  expect([tanhs(plain), tanhs(again)]).toEqual([2, 4]);
  expect(await results(again)).toEqual(await results(plain));
});

describe.runIf(BLOCK)('channels in blocks', () => {
  const specs = {
    x: { all: { shape: [3, 6, 4, 2 * BLOCK!] } },
    params: {
      'a.weight': { shape: [3, 3, 2 * BLOCK!, 4 * BLOCK!] },
      'a.bias': { shape: [4 * BLOCK!] },
      'b.weight': { shape: [3, 3, BLOCK!, 2 * BLOCK!] },
      'b.bias': { shape: [2 * BLOCK!] },
    },
  };
  /** Sizes of the transposes that move more than filters, by what they do to the innermost axis. */
  const moves = (fn: (inputs: TensorsOf<typeof specs>) => tf.Tensor): string[] =>
    trace((inputs) => ({ y: { out: fn(inputs) } }), specs, [...DEFAULT_PASSES, blockedConvolutions(BLOCK!)])
      .nodes.filter(({ op, outputs }) => op === 'Transpose' && outputs[0]!.shape[0] === 3)
      .map(({ attributes, inputs }) => {
        const perm = attributes.perm as readonly number[];
        return perm.at(-1) === perm.length - 1 && inputs[0]!.shape.at(-1) === BLOCK
          ? 'whole blocks'
          : 'elements';
      });

  it('stand from one convolution to the next, through what is elementwise and through pixel shuffles', () => {
    const between = ({ x, params }: TensorsOf<typeof specs>): tf.Tensor => {
      const shuffled = depthToSpace(convolution(params, 'a', x.all as tf.Tensor4D).relu(), 2);
      return convolution(params, 'b', shuffled.add(shuffled.relu()) as tf.Tensor4D);
    };
    // In, the shuffle, and out.
    expect(moves(between)).toEqual(['whole blocks', 'whole blocks', 'whole blocks']);
  });
});

describe('the autoencoder’s training graph', () => {
  const objective = autoencoderObjective(RECIPE, { width: 32, height: 16 });
  const layoutTransposes = (graph: Graph): number =>
    graph.nodes.filter(
      ({ op, attributes }) => op === 'Transpose' && /^0,(3,1,2|2,3,1)$/.test(`${attributes.perm}`),
    ).length;

  it('has no transpose between convolutions; one turns the noise that is added to the latents', () => {
    expect(layoutTransposes(traceStep(objective, RECIPE.autoencoder, []))).toBeGreaterThan(40);
    const graph = traceStep(objective, RECIPE.autoencoder);
    const turned = graph.nodes.filter(
      ({ op, attributes }) => op === 'Transpose' && /^0,(3,1,2|2,3,1)$/.test(`${attributes.perm}`),
    );
    expect(turned.map(({ inputs }) => inputs[0]!.name)).toEqual(['batch/noise']);
  });

  it('adds biases within convolutions', () => {
    const graph = traceStep(objective, RECIPE.autoencoder);
    const forward = graph.nodes.filter(({ op, inputs }) => op === 'Conv' && inputs.length === 3);
    const biases = Object.keys(objective.parameters).filter((name) => name.endsWith('.bias'));
    expect(forward.length).toBe(biases.length);
  });
});

it('a graph without convolutions is left as it is by layout assignment', () => {
  const graph = trace(({ x }) => ({ y: { out: x.a.transpose([0, 2, 1, 3]).relu() } }), {
    x: { a: { shape: [1, 2, 3, 4] } },
  });
  expect(channelsFirst(graph)).toBe(graph);
});

const BLOCKED = 'com.microsoft.nchwc.Conv';

type Layer = (x: tf.Tensor4D, params: Record<string, tf.Tensor>) => tf.Tensor4D;

/** What a network is drawn from; each keeps the number of channels. */
const LAYERS: Record<string, Layer> = {
  convolution: (x, params) => convolution(params, 'conv', x),
  residual: (x, params) => x.add(convolution(params, 'conv', x.relu())),
  strided: (x, params) => convolution(params, 'conv', x, 2),
  pointwise: (x, params) => convolution(params, 'point', x.tanh()),
  shuffle: (x, params) => depthToSpace(convolution(params, 'wide', x), 2),
  shuffleBack: (x, params) => convolution(params, 'wide.back', spaceToDepth(evened(x), 2)),
  excite: (x) => x.mul(x.mean([1, 2], true).sigmoid()) as tf.Tensor4D,
  normalise: (x) => x.mul(x.square().mean(3, true).add(0.1).rsqrt()) as tf.Tensor4D,
  pad: (x) =>
    x.pad([
      [0, 0],
      [1, 0],
      [0, 2],
      [0, 0],
    ]) as tf.Tensor4D,
  slice: (x) => x.slice([0, 0, 1, 0], [-1, -1, x.shape[2] - 1, -1]),
  concat: (x, params) => convolution(params, 'point', tf.concat([x, x.neg()], 1)),
  leaveAndReturn: (x) => tf.softmax(x.reshape([x.shape[0], -1, 4])).reshape(x.shape) as tf.Tensor4D,
};

function evened(x: tf.Tensor4D): tf.Tensor4D {
  const [batch, height, width, channels] = x.shape;
  return x
    .pad([
      [0, 0],
      [0, height % 2],
      [0, width % 2],
      [0, 0],
    ])
    .reshape([batch, height + (height % 2), width + (width % 2), channels]);
}

/** A network of such layers with its gradients by every parameter and by its input, which is no parameter. */
function network(
  names: readonly string[],
  channels = 4,
): [(inputs: TensorsOf<SpecGroups>) => TensorGroups, SpecGroups] {
  const picture = [2, 5, 6, channels] as const;
  const specs = {
    x: { picture: { shape: picture } },
    params: {
      'conv.weight': { shape: [3, 3, channels, channels] },
      'conv.bias': { shape: [channels] },
      'point.weight': { shape: [1, 1, channels, channels] },
      'point.bias': { shape: [channels] },
      'wide.weight': { shape: [3, 3, channels, 4 * channels] },
      'wide.bias': { shape: [4 * channels] },
      'wide.back.weight': { shape: [3, 3, 4 * channels, channels] },
      'wide.back.bias': { shape: [channels] },
    },
  };
  const fn = ({ x, params }: TensorsOf<SpecGroups>): TensorGroups => {
    const { value, gradients } = valueAndGradients({ ...params, ...x }, ({ picture: first, ...rest }) => {
      const out = names.reduce<tf.Tensor4D>(
        (current, name) => LAYERS[name]!(current, rest),
        first!.mul(1).reshape([...picture]),
      );
      const norms = Object.values(rest).map((param) => param.square().sum());
      return convolution(rest, 'conv', out).square().mean().add(tf.addN(norms)).asScalar();
    });
    return { logs: { value }, gradients };
  };
  return [fn, specs];
}

/** The largest difference that passes make to what a function returns, relative to each tensor's largest value. */
async function difference<Specs extends SpecGroups>(
  fn: (inputs: TensorsOf<Specs>) => TensorGroups,
  specs: Specs,
  passes: readonly Pass[],
): Promise<number> {
  const [plain, passed] = [await results(trace(fn, specs, [])), await results(trace(fn, specs, passes))];
  let worst = 0;
  for (const [name, expected] of plain) {
    const found = passed.get(name)!;
    expect(found.length).toBe(expected.length);
    const scale = Math.max(1e-6, ...expected.map(Math.abs));
    for (const [index, value] of expected.entries()) {
      worst = Math.max(worst, Math.abs(found[index]! - value) / scale);
    }
  }
  return worst;
}

async function results(graph: Graph): Promise<Map<string, number[]>> {
  const program = await Program.compile(graph, { threads: 1 });
  const inputs = new Map<string, HostTensor>(
    graph.inputs.map(({ name, shape }) => {
      const data = fillNormal(seededRandom(name.length), new Float32Array(sizeOf(shape)));
      return [name, { shape, data: data.map((value) => 0.4 * value) }];
    }),
  );
  const outputs = await program.run(inputs).finally(() => program.release());
  return new Map([...outputs].map(([name, { data }]) => [name, Array.from(data, Number)]));
}
