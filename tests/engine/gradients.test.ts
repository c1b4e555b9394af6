import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { type HostTensor, Program, trace } from '../../src/engine/index.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { gradientsOf, type TensorFunction, weighted } from './equality.ts';

// Where tfjs has no gradient or a wrong one, it cannot be the oracle. Properties are: the gradient g of a linear f
// is its transpose, so that Σ g·d = f(d) in every direction d; and that of a homogeneous f of degree k fulfils
// Σ g·x = k f(x) (Euler).

const picture = (x: tf.Tensor | undefined): tf.Tensor4D => x as tf.Tensor4D;
const volume = (x: tf.Tensor | undefined): tf.Tensor5D => x as tf.Tensor5D;
const filter = (...sides: number[]): tf.Tensor =>
  tf.sin(tf.range(0, tf.util.sizeFromShape(sides))).reshape(sides);
const places = (...rows: number[][]): tf.Tensor2D => tf.tensor2d(rows, undefined, 'int32');

type Linear = readonly [string, TensorFunction, ...(readonly number[])[]];

const LINEAR: readonly Linear[] = [
  [
    'MirrorPad, reflecting',
    (x) =>
      tf.mirrorPad(
        x!,
        [
          [2, 1],
          [0, 3],
        ],
        'reflect',
      ),
    [3, 4],
  ],
  [
    'MirrorPad, symmetric',
    (x) =>
      tf.mirrorPad(
        x!,
        [
          [3, 1],
          [2, 4],
          [0, 0],
        ],
        'symmetric',
      ),
    [3, 4, 2],
  ],
  ['StridedSlice', (x) => tf.stridedSlice(x!, [1, 6], [7, 0], [2, -2]), [7, 8]],
  ['StridedSlice with ellipsis', (x) => tf.stridedSlice(x!, [0, 1], [0, 4], [1, 2], 0, 0, 1), [3, 4, 5]],
  ['DepthToSpace', (x) => tf.depthToSpace(picture(x), 2), [2, 3, 2, 8]],
  ['DepthToSpace, channels first', (x) => tf.depthToSpace(picture(x), 2, 'NCHW'), [2, 8, 3, 2]],
  ['GatherNd', (x) => tf.gatherND(x!, places([0, 1], [2, 0], [0, 1])), [3, 2, 4]],
  ['ScatterNd', (x) => tf.scatterND(places([0, 1], [2, 0], [0, 1]), x!, [3, 2, 4]), [3, 4]],
  ['TensorScatterUpdate', (x, y) => tf.tensorScatterUpdate(x!, places([2], [0]), y!), [4, 3], [2, 3]],
  ['Gather by batch', (x) => tf.gather(x!, places([1, 1, 0], [3, 2, 3]), 1, 1), [2, 4, 3]],
  ['Cumsum', (x) => tf.cumsum(x!, 1, true, true), [2, 5, 3]],
  ['Unpack of one', (x) => tf.unstack(x!, 1), [3, 1]],
  ['Pack', (x, y) => tf.stack([x!, y!], -1), [3, 2], [3, 2]],
  ['BatchMatMul, first repeated', (x) => tf.matMul(x!, filter(3, 4, 2)), [1, 5, 4]],
  ['BatchMatMul, second repeated', (x) => tf.matMul(filter(2, 3, 5, 4), x!, true, true), [3, 2, 5]],
  ['Einsum, first operand', (x) => tf.einsum('bij,bkj->bik', x!, filter(2, 5, 4)), [2, 3, 4]],
  ['Einsum, second operand', (x) => tf.einsum('bij,bkj->kib', filter(2, 3, 4), x!), [2, 5, 4]],
  ['Einsum with a sum of its own', (x) => tf.einsum('ijk,kl->jl', x!, filter(2, 3)), [4, 3, 2]],
  ['Einsum to a number', (x) => tf.einsum('i,i->', x!, filter(5)), [5]],
  ['Einsum of one', (x) => tf.einsum('ijk->kj', x!), [2, 3, 4]],
  ['ResizeBilinear', (x) => tf.image.resizeBilinear(picture(x), [7, 3]), [2, 4, 5, 2]],
  ['ResizeBilinear, corners', (x) => tf.image.resizeBilinear(picture(x), [2, 9], true), [2, 1, 5, 2]],
  ['ResizeBilinear, centres', (x) => tf.image.resizeBilinear(picture(x), [8, 3], false, true), [2, 4, 6, 2]],
  ['ResizeNearestNeighbor', (x) => tf.image.resizeNearestNeighbor(picture(x), [7, 3]), [2, 4, 5, 2]],
  [
    'ResizeNearestNeighbor, centres',
    (x) => tf.image.resizeNearestNeighbor(picture(x), [8, 3], false, true),
    [2, 4, 6, 2],
  ],
  ['AvgPool over padding', (x) => tf.avgPool(picture(x), [3, 2], [1, 2], 'same'), [2, 5, 6, 2]],
  ['AvgPool3D over padding', (x) => tf.avgPool3d(volume(x), 3, 2, 'same'), [1, 4, 5, 6, 2]],
  [
    'Conv2D dilated, input',
    (x) => tf.conv2d(picture(x), filter(3, 2, 3, 4) as tf.Tensor4D, 1, 'same', 'NHWC', [2, 3]),
    [2, 8, 7, 3],
  ],
  [
    'Conv2D dilated, filter',
    (w) => tf.conv2d(filter(2, 8, 7, 3) as tf.Tensor4D, picture(w), 1, 'valid', 'NHWC', [3, 2]),
    [3, 2, 3, 4],
  ],
  [
    'Conv3D dilated, input',
    (x) => tf.conv3d(volume(x), filter(2, 3, 2, 2, 3) as tf.Tensor5D, 1, 'same', 'NDHWC', 2),
    [1, 4, 6, 5, 2],
  ],
  [
    'Conv3D dilated, filter',
    (w) => tf.conv3d(filter(1, 4, 6, 5, 2) as tf.Tensor5D, volume(w), 1, 'same', 'NDHWC', 2),
    [2, 3, 2, 2, 3],
  ],
  [
    'DepthwiseConv2dNative dilated, input',
    (x) => tf.depthwiseConv2d(picture(x), filter(3, 3, 2, 2) as tf.Tensor4D, 1, 'same', 'NHWC', 2),
    [2, 6, 7, 2],
  ],
  [
    'DepthwiseConv2dNative dilated, filter',
    (w) => tf.depthwiseConv2d(filter(2, 6, 7, 2) as tf.Tensor4D, picture(w), 1, 'valid', 'NHWC', 2),
    [3, 3, 2, 2],
  ],
  [
    'conv3dTranspose, input',
    (x) => tf.conv3dTranspose(volume(x), filter(3, 2, 2, 3, 2) as tf.Tensor5D, [1, 4, 6, 5, 3], 2, 'same'),
    [1, 2, 3, 3, 2],
  ],
  [
    'conv3dTranspose, filter',
    (w) => tf.conv3dTranspose(filter(1, 2, 3, 3, 2) as tf.Tensor5D, volume(w), [1, 4, 6, 5, 3], 2, 'same'),
    [3, 2, 2, 3, 2],
  ],
];

const HOMOGENEOUS: readonly (readonly [string, number, TensorFunction, ...(readonly number[])[]])[] = [
  ['Maximum, repeated', 1, (a, b) => tf.maximum(a!, b!), [3, 4], [4]],
  ['Minimum, repeated', 1, (a, b) => tf.minimum(a!, b!), [1, 4], [2, 3, 1]],
  ['SquaredDifference, repeated', 2, (a, b) => tf.squaredDifference(a!, b!), [3, 1], [3, 4]],
  ['TopK', 1, (x) => tf.topk(x!, 3).values, [4, 7]],
  [
    'MaxPool3D of unequal sides',
    1,
    (x) => tf.maxPool3d(volume(x), [1, 2, 3], [1, 2, 1], 'same'),
    [2, 3, 4, 5, 2],
  ],
  [
    'a mask made of parameters',
    1,
    (x) => x!.mul(x!.greater(0.1).logicalAnd(x!.less(1)).cast('float32')),
    [5, 6],
  ],
];

describe('gradients of the engine', () => {
  for (const [name, fn, ...shapes] of LINEAR)
    it(`${name}: the transpose`, async () => {
      const { slope, expected, scale } = await directional(fn, shapes, (_, directions) =>
        weightedAll(fn, directions),
      );
      expect(Math.abs(slope - expected) / scale).toBeLessThan(1e-6);
    });

  for (const [name, degree, fn, ...shapes] of HOMOGENEOUS)
    it(`${name}: of degree ${degree}`, async () => {
      const { slope, expected, scale } = await directional(
        fn,
        shapes,
        (points) => weightedAll(fn, points).mul(degree),
        true,
      );
      expect(Math.abs(slope - expected) / scale).toBeLessThan(1e-6);
    });

  it.each([
    [false, false],
    [false, true],
    [true, false],
    [true, true],
  ])('Cumprod, exclusive %s, reverse %s: that of the products written out', async (exclusive, reverse) => {
    const values = [2, -1, 0.5, 0, 3, 0, 1.5];
    const written: TensorFunction = (x) =>
      tf.stack(
        values.map((_, index) => {
          const [start, end] = reverse
            ? [index + (exclusive ? 1 : 0), values.length]
            : [0, index + (exclusive ? 0 : 1)];
          return tf.prod(x!.slice(start, end - start));
        }),
      );
    const graph = trace(
      ({ x }) => ({
        g: {
          scan: gradientsOf((y) => tf.cumprod(y!, 0, exclusive, reverse), [x.x])[0]!,
          written: gradientsOf(written, [x.x])[0]!,
        },
      }),
      { x: { x: { shape: [values.length] } } },
    );
    const outputs = await run(graph, new Map([['x/x', host([values.length], Float32Array.from(values))]]));
    for (const [index, value] of outputs.get('g/written')!.entries())
      expect(outputs.get('g/scan')![index]).toBeCloseTo(value, 5);
  });
});

/**
 * The slope of a function, by its gradient, at a random point in a random direction, or towards the point itself;
 * what it should be; and the size of its summands.
 */
async function directional(
  fn: TensorFunction,
  shapes: readonly (readonly number[])[],
  expectation: (points: tf.Tensor[], directions: tf.Tensor[]) => tf.Tensor,
  radial = false,
): Promise<{ slope: number; expected: number; scale: number }> {
  const specs = Object.fromEntries(shapes.map((shape, index) => [index, { shape }]));
  const graph = trace(
    ({ points, directions }) => {
      const at = Object.values(points);
      const towards = radial ? at : Object.values(directions);
      const terms = gradientsOf(fn, at).map((gradient, index) => gradient.mul(towards[index]!));
      return {
        y: {
          slope: tf.addN(terms.map((term) => term.sum())),
          expected: expectation(at, towards),
          scale: tf.addN(terms.map((term) => term.abs().sum())),
        },
      };
    },
    { points: specs, directions: specs },
  );
  const random = seededRandom(6);
  const feeds = graph.inputs.map(({ name, shape }) => {
    const data = fillNormal(random, new Float32Array(tf.util.sizeFromShape([...shape])));
    return [name, host(shape, data)] as const;
  });
  const outputs = await run(graph, new Map(feeds));
  const number = (name: string): number => outputs.get(`y/${name}`)![0]!;
  return { slope: number('slope'), expected: number('expected'), scale: number('scale') };
}

function weightedAll(fn: TensorFunction, tensors: tf.Tensor[]): tf.Tensor {
  return tf.addN([fn(...tensors)].flat().map(weighted));
}

const host = (shape: readonly number[], data: Float32Array): HostTensor => ({ shape, data });

async function run(
  graph: ReturnType<typeof trace>,
  inputs: ReadonlyMap<string, HostTensor>,
): Promise<Map<string, number[]>> {
  const program = await Program.compile(graph, { threads: 1 });
  const outputs = await program.run(inputs).finally(() => program.release());
  return new Map([...outputs].map(([name, { data }]) => [name, Array.from(data, Number)]));
}
