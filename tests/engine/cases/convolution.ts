import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Input } from '../equality.ts';
import { type Cases, each, forward, type LoweringCase, of, on, reals, VALUE } from './case.ts';

type Pair = [number, number];
type Triple = [number, number, number];

const small = fc.integer({ min: 1, max: 3 });
const triple = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<[T, T, T]> => fc.tuple(item, item, item);
/** Windows of every kind over odd and even sides. */
const window = fc.record({
  sides: triple(fc.integer({ min: 4, max: 9 })),
  kernel: triple(fc.integer({ min: 1, max: 4 })),
  stride: triple(small),
  pad: fc.constantFrom<'same' | 'valid'>('same', 'valid'),
  channels: fc.tuple(small, small),
});
const two = ([first, second]: Triple): Pair => [first, second];
const filterOf = (kernel: number[], inputs: number, outputs: number) => reals(...kernel, inputs, outputs);
const wide = (before: number, after: number): [Pair, Pair, Pair, Pair] => [
  [0, 0],
  [before, 0],
  [0, after],
  [0, 0],
];

const convolutions: LoweringCase[] = [
  ...each(
    window,
    ({ sides, kernel, stride, pad, channels: [inputs, outputs] }) =>
      of(
        (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, two(stride), pad),
        reals(2, ...two(sides), inputs),
        filterOf(two(kernel), inputs, outputs),
      ),
    10,
  ),
  ...(
    [
      [3, 1, 'same'],
      [1, 1, 'same'],
      [1, 1, 1],
      [3, 1, 4],
      [3, 2, 'same'],
      [1, 2, 'same'],
      [4, 2, 'same'],
      [3, 2, 1],
      [3, 2, wide(2, 1)],
      [3, 1, wide(0, 2)],
    ] as const
  ).map(([kernel, stride, pad]) =>
    of(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
      reals(2, 7, 8, 3),
      filterOf([kernel, kernel], 3, 2),
    ),
  ),
  ...([1, 2] as const).map((rows) => ({
    // tfjs has no gradient of dilated convolutions; the graph's is tested in gradients.test.ts.
    ...of(
      (x, w) => tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NHWC', [rows, 3]),
      reals(2, 8, 7, 3),
      filterOf([3, 2], 3, 2),
    ),
    gradient: false,
  })),
  of((x, w) => tf.conv1d(x as tf.Tensor3D, w as tf.Tensor3D, 2, 'same'), reals(2, 9, 3), reals(3, 3, 2)),
];

const depthwise: LoweringCase[] = [
  ...each(
    window,
    // tfjs strides depthwise convolutions alike both ways.
    ({ sides, kernel, stride: [stride], pad, channels: [inputs, multiplier] }) =>
      of(
        (x, w) => tf.depthwiseConv2d(x as tf.Tensor4D, w as tf.Tensor4D, stride, pad),
        reals(2, ...two(sides), inputs),
        filterOf(two(kernel), inputs, multiplier),
      ),
    6,
  ),
  of(
    (x, deep, point) =>
      tf.separableConv2d(x as tf.Tensor4D, deep as tf.Tensor4D, point as tf.Tensor4D, 2, 'same'),
    reals(1, 7, 6, 3),
    reals(3, 3, 3, 2),
    reals(1, 1, 6, 4),
  ),
];

const transposed: LoweringCase[] = each(
  window,
  ({ sides, kernel, stride, pad, channels: [inputs, outputs] }) => {
    const shape = two(sides).map((side, axis) =>
      pad === 'same' ? side * stride[axis]! : (side - 1) * stride[axis]! + kernel[axis]!,
    ) as Pair;
    return of(
      (x, w) =>
        tf.conv2dTranspose(x as tf.Tensor4D, w as tf.Tensor4D, [2, ...shape, outputs], two(stride), pad),
      reals(2, ...two(sides), inputs),
      filterOf(two(kernel), outputs, inputs),
    );
  },
  6,
);

const deep: LoweringCase[] = [
  ...each(
    window,
    ({ kernel, stride, pad, channels: [inputs, outputs] }) => {
      // tfjs shifts windows that step over elements.
      const steps = stride.map((step, axis) => Math.min(step, kernel[axis]!)) as Triple;
      return of(
        (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, steps, pad),
        reals(1, 4, 5, 6, inputs),
        filterOf(kernel, inputs, outputs),
      );
    },
    4,
  ),
  {
    ...of(
      (x, w) => tf.conv3d(x as tf.Tensor5D, w as tf.Tensor5D, 1, 'same', 'NDHWC', 2),
      reals(1, 4, 5, 6, 2),
      reals(2, 3, 2, 2, 3),
    ),
    gradient: false,
  },
];

const ACTIVATIONS = ['linear', 'relu', 'relu6', 'elu', 'sigmoid', 'leakyrelu'] as const;

/** What the fused kernels do after the product. Where gradients are taken, tfjs does not fuse. */
function fused(
  multiply: (settings: {
    activation: (typeof ACTIVATIONS)[number] | 'prelu';
    bias: tf.Tensor;
    leakyreluAlpha: number;
    preluActivationWeights?: tf.Tensor;
    inputs: readonly tf.Tensor[];
  }) => tf.Tensor,
  ...inputs: Input[]
): LoweringCase[] {
  const channels = inputs[1]!.shape.at(-1)!;
  return [
    ...ACTIVATIONS.map((activation) =>
      forward(
        (bias, ...rest) => multiply({ activation, bias: bias!, leakyreluAlpha: 0.1, inputs: rest }),
        reals(channels),
        ...inputs,
      ),
    ),
    forward(
      (bias, preluActivationWeights, ...rest) =>
        multiply({
          activation: 'prelu',
          bias: bias!,
          leakyreluAlpha: 0,
          preluActivationWeights: preluActivationWeights!,
          inputs: rest,
        }),
      reals(channels),
      reals(channels),
      ...inputs,
    ),
  ];
}

export const CONVOLUTION: Cases = {
  Conv2D: convolutions,
  Conv2DBackpropFilter: convolutions.slice(0, 1),
  Conv2DBackpropInput: transposed,
  Conv3D: deep,
  Conv3DBackpropFilterV2: deep.slice(0, 1),
  Conv3DBackpropInputV2: [2, 3].map((stride) =>
    of(
      (x, w) => tf.conv3dTranspose(x as tf.Tensor5D, w as tf.Tensor5D, [1, 4, 6, 5, 2], stride, 'same'),
      reals(1, ...[4, 6, 5].map((side) => Math.ceil(side / stride)), 3),
      reals(2, 3, 3, 2, 3),
    ),
  ),
  DepthwiseConv2dNative: [
    ...depthwise,
    on(
      [1, 8, 7, 2],
      (x) => tf.depthwiseConv2d(x as tf.Tensor4D, tf.ones([3, 2, 2, 2]), 1, 'same', 'NHWC', [2, 3]),
      VALUE,
    ),
  ],
  DepthwiseConv2dNativeBackpropFilter: depthwise.slice(0, 1),
  DepthwiseConv2dNativeBackpropInput: depthwise.slice(0, 1),
  FusedBatchNorm: [
    of(
      (x, mean, variance, offset, scale) =>
        tf.batchNorm(
          x!,
          mean as tf.Tensor1D,
          variance!.square() as tf.Tensor1D,
          offset as tf.Tensor1D,
          scale as tf.Tensor1D,
        ),
      reals(2, 3, 4, 5),
      ...Array.from({ length: 4 }, () => reals(5)),
    ),
    // tfjs has no gradient where the scale is left out.
    forward(
      (x, mean, variance) =>
        tf.batchNorm(x!, mean as tf.Tensor1D, variance!.square() as tf.Tensor1D, undefined, undefined, 0.1),
      reals(6, 5),
      reals(5),
      reals(5),
    ),
  ],
  FusedConv2D: fused(
    ({ inputs: [x, filter], ...rest }) =>
      tf.fused.conv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        strides: 2,
        pad: 'same',
        ...rest,
      }),
    reals(2, 5, 6, 3),
    reals(3, 3, 3, 4),
  ),
  FusedDepthwiseConv2D: fused(
    ({ inputs: [x, filter], ...rest }) =>
      tf.fused.depthwiseConv2d({
        x: x as tf.Tensor4D,
        filter: filter as tf.Tensor4D,
        strides: 1,
        pad: 'same',
        ...rest,
      }),
    reals(1, 5, 6, 4),
    reals(3, 3, 4, 1),
  ).slice(0, 3),
  _FusedMatMul: [
    ...fused(
      ({ inputs: [a, b], ...rest }) => tf.fused.matMul({ a: a!, b: b!, ...rest }),
      reals(3, 4),
      reals(4, 5),
    ),
    of(
      (a, b, bias) => tf.fused.matMul({ a: a!, b: b!, transposeB: true, bias: bias!, activation: 'relu' }),
      reals(3, 4),
      reals(5, 4),
      reals(5),
    ),
  ],
};
