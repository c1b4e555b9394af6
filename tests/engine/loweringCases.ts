import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Input, TensorFunction } from './equality.ts';

/** A tfjs kernel at work: a function that calls it, and what to call that with. */
export interface LoweringCase {
  readonly fn: TensorFunction;
  readonly inputs: readonly (readonly Input[])[];
  /** False where tfjs has no gradient, or it would be nonsense. */
  readonly gradient: boolean;
}

const SEED = 20;
const RUNS = 3;

function samples<T>(arbitrary: fc.Arbitrary<T>, numRuns = RUNS): T[] {
  return fc.sample(arbitrary, { seed: SEED, numRuns });
}

const shape = fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 4 });

/** Two shapes that broadcast: axes of either are set to one or left out at the front. */
const pair = fc
  .tuple(
    shape,
    fc.array(fc.constantFrom('both', 'a', 'b'), { minLength: 4, maxLength: 4 }),
    fc.nat(4),
    fc.boolean(),
  )
  .map(([full, ones, drop, swap]) => {
    const a = full.map((side, axis) => (ones[axis] === 'a' ? 1 : side));
    const b = full.map((side, axis) => (ones[axis] === 'b' ? 1 : side)).slice(Math.min(drop, full.length));
    return swap ? [b, a] : [a, b];
  });

type Range = readonly [number, number];
type Settings = { readonly range?: Range; readonly gradient?: boolean; readonly type?: 'float32' | 'int32' };

function unary(
  fn: (x: tf.Tensor) => tf.Tensor,
  { range, gradient = true, type }: Settings = {},
): LoweringCase {
  const of = (sides: readonly number[]): Input[] => [
    { shape: sides, ...(range && { range }), ...(type && { type }) },
  ];
  return { fn: (x) => fn(x!), gradient, inputs: samples(shape).map(of) };
}

function binary(
  fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor,
  { range, gradient = true, type }: Settings = {},
): LoweringCase {
  const of = (sides: readonly number[]): Input => ({
    shape: sides,
    ...(range && { range }),
    ...(type && { type }),
  });
  return { fn: (a, b) => fn(a!, b!), gradient, inputs: samples(pair, 6).map((shapes) => shapes.map(of)) };
}

/** Two tensors of the same shape: tfjs has wrong gradients for some kernels when they broadcast. */
function same(fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): LoweringCase {
  const inputs = samples(shape).map((sides) => [{ shape: sides }, { shape: sides }]);
  return { fn: (a, b) => fn(a!, b!), gradient: true, inputs };
}

/** A function of one tensor of the given shape. */
function on(
  sides: readonly number[],
  fn: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
  settings: Settings = {},
): LoweringCase {
  const { gradient = true, range, type } = settings;
  return {
    fn: (x) => fn(x!),
    gradient,
    inputs: [[{ shape: sides, ...(range && { range }), ...(type && { type }) }]],
  };
}

const values = (...list: number[]): Input => ({ shape: [list.length], values: list });
const integers = (...list: number[]): Input => ({ ...values(...list), type: 'int32' });
const whole = (...sides: number[]): Input => ({ shape: sides, type: 'int32', range: [-4, 5] });
const forward = (fn: TensorFunction, ...inputs: Input[]): LoweringCase => ({
  fn,
  inputs: [inputs],
  gradient: false,
});
const asBool = (x: tf.Tensor): tf.Tensor => x.greater(0);
const INT = { type: 'int32', range: [-4, 5], gradient: false } as const;
const VALUE = { gradient: false } as const;

type Pads =
  | number
  | 'same'
  | 'valid'
  | [[number, number], [number, number], [number, number], [number, number]];

/** Convolution at every combination of odd and even sides. */
function convolutions(): LoweringCase[] {
  const geometries: readonly {
    kernel: [number, number];
    stride: number | [number, number];
    pad: Pads;
    dilation?: number | [number, number];
  }[] = [
    { kernel: [3, 3], stride: 1, pad: 'same' },
    { kernel: [3, 3], stride: 1, pad: 'valid' },
    { kernel: [1, 1], stride: 1, pad: 'same' },
    { kernel: [2, 4], stride: 1, pad: 'same' },
    { kernel: [1, 1], stride: 1, pad: 1 },
    { kernel: [3, 3], stride: 1, pad: 4 },
    { kernel: [3, 3], stride: 2, pad: 'same' },
    { kernel: [3, 3], stride: 2, pad: 'valid' },
    { kernel: [1, 1], stride: 2, pad: 'same' },
    { kernel: [2, 2], stride: 2, pad: 'valid' },
    { kernel: [2, 3], stride: 3, pad: 'same' },
    { kernel: [4, 4], stride: 2, pad: 'same' },
    { kernel: [3, 3], stride: [2, 1], pad: 'same' },
    { kernel: [3, 3], stride: [1, 3], pad: 'valid' },
    { kernel: [3, 3], stride: 2, pad: 1 },
    {
      kernel: [3, 3],
      stride: 2,
      pad: [
        [0, 0],
        [2, 0],
        [0, 1],
        [0, 0],
      ],
    },
    {
      kernel: [3, 3],
      stride: 1,
      pad: [
        [0, 0],
        [0, 2],
        [1, 0],
        [0, 0],
      ],
    },
    { kernel: [3, 3], stride: 1, pad: 'same', dilation: 2 },
    { kernel: [3, 2], stride: 1, pad: 'valid', dilation: [2, 3] },
  ];
  const sizes: readonly (readonly [number, number])[] = [
    [7, 8],
    [8, 5],
  ];
  return geometries.map(({ kernel, stride, pad, dilation }) => ({
    // tfjs has no gradient of dilated convolutions.
    gradient: dilation === undefined,
    fn: (x, filter) => tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad, 'NHWC', dilation ?? 1),
    inputs: sizes.map(([height, width]) => [{ shape: [2, height, width, 3] }, { shape: [...kernel, 3, 2] }]),
  }));
}

const matMul = (a: number[], b: number[], left: boolean, right: boolean, gradient = true): LoweringCase => ({
  gradient,
  fn: (x, y) => tf.matMul(x!, y!, left, right),
  inputs: [[{ shape: a }, { shape: b }]],
});

const reductions = (
  fn: (x: tf.Tensor, axis?: number | number[], keep?: boolean) => tf.Tensor,
): LoweringCase[] => [
  on([3, 4, 5], (x) => fn(x)),
  on([3, 4, 5], (x) => fn(x, -1)),
  on([3, 4, 5], (x) => fn(x, 0, true)),
  on([3, 1, 5], (x) => fn(x, [0, 2])),
  on([3, 4, 5, 2], (x) => fn(x, [1, 3], true)),
  on([], (x) => fn(x)),
  on([3, 4, 2], (x) => fn(x, 1), INT),
];

/** Cases by kernel: every kernel that can be traced has at least one. */
export const LOWERING_CASES: Readonly<Record<string, readonly LoweringCase[]>> = {
  Abs: [unary(tf.abs), unary(tf.abs, INT)],
  Acos: [unary(tf.acos, { range: [-0.9, 0.9] })],
  Add: [binary(tf.add), binary(tf.add, INT)],
  AddN: [
    {
      fn: (...list) => tf.addN(list),
      gradient: true,
      inputs: [1, 2, 5].map((n) => Array(n).fill({ shape: [3, 2] })),
    },
    forward((...list) => tf.addN(list), whole(3), whole(3), whole(3)),
  ],
  Asin: [unary(tf.asin, { range: [-0.9, 0.9] })],
  Atan: [unary(tf.atan)],
  BatchMatMul: [
    ...[false, true].flatMap((left) =>
      [false, true].flatMap((right) => {
        const [a, b] = [left ? [5, 3] : [3, 5], right ? [4, 5] : [5, 4]];
        return [matMul(a, b, left, right), matMul([2, 3, ...a], [2, 3, ...b], left, right)];
      }),
    ),
    matMul([1, 3, 5], [1, 5, 4], false, false),
    matMul([2, 3, 5], [1, 5, 4], false, false, false),
    matMul([1, 5, 3], [6, 4, 5], true, true, false),
    matMul([1, 1], [1, 1], false, false),
    forward((a, b) => tf.matMul(a!, b!), whole(3, 4), whole(4, 2)),
  ],
  Cast: [
    unary((x) => x.cast('float32').mul(2)),
    forward((x) => x!.cast('int32'), values(-2.9, -0.5, -0, 0.5, 1.9, 2.5, 1e6)),
    forward((x) => x!.cast('bool'), values(-2.9, 0, 0.5)),
    forward((x) => x!.cast('bool'), integers(-2, 0, 1)),
    forward((x) => x!.cast('float32'), integers(-2, 0, 7)),
    forward((x) => asBool(x!).cast('float32'), values(-1, 0, 2)),
    forward((x) => asBool(x!).cast('int32'), values(-1, 0, 2)),
  ],
  Ceil: [unary(tf.ceil)],
  ClipByValue: [
    unary((x) => x.clipByValue(-0.5, 1)),
    unary((x) => x.clipByValue(-2, 2), INT),
    forward((x) => x!.clipByValue(-1, 1), values(-1, 1, -2, 2, Number.NEGATIVE_INFINITY)),
  ],
  Concat: [
    {
      fn: (...list) => tf.concat(list, 0),
      gradient: true,
      inputs: [[{ shape: [2, 3] }, { shape: [1, 3] }, { shape: [4, 3] }]],
    },
    {
      fn: (...list) => tf.concat(list, -1),
      gradient: true,
      inputs: [[{ shape: [2, 2, 3] }, { shape: [2, 2, 1] }]],
    },
    {
      fn: (...list) => tf.concat(list, 1),
      gradient: false,
      inputs: [
        [{ shape: [2, 0] }, { shape: [2, 3] }],
        [{ shape: [2, 0] }, { shape: [2, 0] }],
      ],
    },
    forward((...list) => tf.concat(list), whole(2, 2), whole(3, 2)),
    forward((a, b) => tf.concat([asBool(a!), asBool(b!)]), whole(2), whole(3)),
  ],
  Conv2D: convolutions(),
  Conv2DBackpropFilter: convolutions().slice(6, 7),
  Conv2DBackpropInput: convolutions().slice(7, 8),
  Cos: [unary(tf.cos)],
  Cosh: [unary(tf.cosh)],
  Cumprod: [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => [
      on([4, 5, 2], (x) => tf.cumprod(x, 1, exclusive, reverse), VALUE),
      on([7], (x) => tf.cumprod(x, 0, exclusive, reverse), VALUE),
      on([1, 3], (x) => tf.cumprod(x, 0, exclusive, reverse), VALUE),
    ]),
  ),
  Cumsum: [false, true].flatMap((exclusive) =>
    [false, true].flatMap((reverse) => [
      on([3, 4, 5], (x) => tf.cumsum(x, 2, exclusive, reverse)),
      on([3, 4, 5], (x) => tf.cumsum(x, 1, exclusive, reverse), VALUE),
      on([7], (x) => tf.cumsum(x, 0, exclusive, reverse)),
      on([3, 4], (x) => tf.cumsum(x, 1, exclusive, reverse), INT),
    ]),
  ),
  DepthToSpace: [
    on([2, 3, 5, 8], (x) => tf.depthToSpace(x as tf.Tensor4D, 2), VALUE),
    on([1, 2, 1, 18], (x) => tf.depthToSpace(x as tf.Tensor4D, 3), VALUE),
  ],
  Elu: [unary(tf.elu)],
  EluGrad: [unary(tf.elu)],
  Equal: [
    binary(tf.equal, INT),
    forward((a, b) => tf.equal(asBool(a!), asBool(b!)), whole(9), whole(9)),
    forward((a, b) => tf.equal(a!, b!), values(1, 2, 0.1), values(1, 3, 0.1)),
  ],
  Erf: [unary(tf.erf)],
  Exp: [unary(tf.exp)],
  ExpandDims: [
    on([3, 4], (x) => x.expandDims(0)),
    on([3, 4], (x) => x.expandDims(-1)),
    on([3, 4], (x) => x.expandDims(1)),
    on([], (x) => x.expandDims(0)),
  ],
  Expm1: [
    unary(tf.expm1),
    forward(
      tf.expm1 as TensorFunction,
      values(1e-7, -1e-4, 0, 20, -30, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    ),
  ],
  Fill: [
    on([3], (x) => x.add(tf.fill([2, 1], 1.5))),
    forward(
      () => [
        tf.fill([2, 3], 7, 'int32'),
        tf.fill([100], -2.7, 'int32'),
        tf.fill([100], 2.5),
        tf.fill([80], 1, 'bool'),
      ],
      whole(1),
    ),
  ],
  Floor: [unary(tf.floor)],
  GatherV2: [
    {
      fn: (x, at) => tf.gather(x!, at!),
      gradient: true,
      inputs: [[{ shape: [5, 3] }, integers(0, 4, 0, 2)]],
    },
    {
      fn: (x, at) => tf.gather(x!, at!, 1),
      gradient: true,
      inputs: [[{ shape: [2, 5, 3] }, integers(3, 3)]],
    },
    {
      fn: (x, at) => tf.gather(x!, at!, -1),
      gradient: false,
      inputs: [[{ shape: [2, 5, 3] }, { shape: [2, 3], type: 'int32', range: [0, 3] }]],
    },
    forward((x, at) => tf.gather(x!, at!), whole(5, 2), integers(1, 1, 4)),
  ],
  Greater: [binary(tf.greater, INT)],
  GreaterEqual: [binary(tf.greaterEqual, INT)],
  Identity: [on([3, 2], (x) => tf.clone(x).mul(3))],
  LeakyRelu: [unary((x) => tf.leakyRelu(x, 0.3))],
  Less: [binary(tf.less, INT)],
  LessEqual: [binary(tf.lessEqual, INT), binary(tf.lessEqual, VALUE)],
  Log: [unary(tf.log, { range: [0.1, 5] })],
  Log1p: [
    unary(tf.log1p, { range: [-0.9, 5] }),
    forward(tf.log1p as TensorFunction, values(1e-7, -1e-4, 0, -0.99, -1, 1e9, Number.POSITIVE_INFINITY)),
  ],
  LogicalAnd: [binary((a, b) => tf.logicalAnd(asBool(a), asBool(b)), VALUE)],
  LogicalNot: [unary((x) => tf.logicalNot(asBool(x)), VALUE)],
  LogicalOr: [binary((a, b) => tf.logicalOr(asBool(a), asBool(b)), VALUE)],
  Max: [...reductions(tf.max), { fn: (x) => tf.max(x!, 0), gradient: true, inputs: [[values(1, 3, 3, 2)]] }],
  Maximum: [
    binary(tf.maximum, VALUE),
    same(tf.maximum),
    binary(tf.maximum, INT),
    { fn: (a, b) => tf.maximum(a!, b!), gradient: true, inputs: [[values(1, 2), values(1, 3)]] },
  ],
  Mean: reductions(tf.mean),
  Min: reductions(tf.min),
  Minimum: [binary(tf.minimum, VALUE), same(tf.minimum), binary(tf.minimum, INT)],
  MirrorPad: [
    on(
      [4, 5],
      (x) =>
        tf.mirrorPad(
          x,
          [
            [1, 2],
            [3, 0],
          ],
          'reflect',
        ),
      VALUE,
    ),
    on(
      [2, 3, 4],
      (x) =>
        tf.mirrorPad(
          x,
          [
            [0, 1],
            [2, 2],
            [0, 0],
          ],
          'reflect',
        ),
      VALUE,
    ),
  ],
  Multiply: [binary(tf.mul), binary(tf.mul, INT)],
  Neg: [unary(tf.neg), unary(tf.neg, INT)],
  NotEqual: [binary(tf.notEqual, INT)],
  OnesLike: [
    unary((x) => tf.onesLike(x).mul(x)),
    unary(tf.onesLike, INT),
    forward((x) => tf.onesLike(asBool(x!)), whole(3)),
    forward((x) => tf.onesLike(x!), whole(9, 9)),
  ],
  Pack: [0, 1, 2, -1].map((axis) => ({
    fn: (...list) => tf.stack(list, axis),
    gradient: axis >= 0,
    inputs: [[{ shape: [3, 2] }, { shape: [3, 2] }, { shape: [3, 2] }]],
  })),
  PadV2: [
    on([3, 4], (x) =>
      tf.pad(
        x,
        [
          [1, 2],
          [0, 3],
        ],
        0.5,
      ),
    ),
    on([5], (x) => tf.pad(x, [[2, 0]])),
    on(
      [2, 3],
      (x) =>
        tf.pad(
          x,
          [
            [1, 1],
            [0, 1],
          ],
          3,
        ),
      INT,
    ),
  ],
  Pow: [
    binary(tf.pow, { range: [0.2, 2] }),
    on([7], (x) => tf.pow(x, 3)),
    on([4], (x) => tf.pow(0.9, x)),
    { fn: (a, b) => tf.pow(a!, b!), gradient: true, inputs: [[values(-2, -1, 0, 2), values(2, 3, 2, -1)]] },
    forward((a, b) => tf.pow(a!, b!), integers(-2, 0, 3), integers(3, 2, 4)),
  ],
  Prod: [
    on([3, 4], (x) => tf.prod(x)),
    on([3, 4], (x) => tf.prod(x, 1)),
    on([3, 4, 2], (x) => tf.prod(x, [2])),
    { fn: (x) => tf.prod(x!, 0), gradient: true, inputs: [[values(2, 0, 3)], [values(0, 0, 3)]] },
    on([3, 4], (x) => tf.prod(x, 0, true), INT),
  ],
  RealDiv: [binary(tf.div, { range: [0.3, 3] })],
  Reciprocal: [unary(tf.reciprocal, { range: [0.2, 3] })],
  Relu: [unary(tf.relu), unary(tf.relu, INT)],
  Relu6: [unary(tf.relu6, { range: [-3, 9] })],
  Reshape: [
    on([3, 4], (x) => x.reshape([2, -1])),
    on([1, 1], (x) => x.reshape([])),
    on([2, 6], (x) => x.reshape([12]), INT),
  ],
  Reverse: [
    on([3, 4, 2], (x) => tf.reverse(x, [0, 2])),
    on([3, 4], (x) => tf.reverse(x, -1)),
    on([5], (x) => tf.reverse(x)),
    on([4], (x) => tf.reverse(x), INT),
  ],
  Round: [
    unary(tf.round),
    unary(tf.round, INT),
    forward(tf.round as TensorFunction, values(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 2.4999, 3.5)),
  ],
  Rsqrt: [unary(tf.rsqrt, { range: [0.1, 5] })],
  Select: [
    {
      fn: (c, a, b) => tf.where(asBool(c!), a!, b!),
      gradient: false,
      inputs: [
        [whole(3, 4), { shape: [3, 4] }, { shape: [3, 4] }],
        [whole(4), { shape: [3, 4] }, { shape: [] }],
        [whole(3, 1), { shape: [4] }, { shape: [2, 3, 4] }],
        [whole(3), whole(3), whole(3)],
      ],
    },
    {
      fn: (a, b) => tf.where(tf.tensor1d([true, false, true], 'bool'), a!, b!),
      gradient: true,
      inputs: [[{ shape: [3] }, { shape: [3] }]],
    },
    forward((c, a, b) => tf.where(asBool(c!), asBool(a!), asBool(b!)), whole(9), whole(9), whole(9)),
  ],
  Sigmoid: [unary(tf.sigmoid), forward(tf.sigmoid as TensorFunction, values(-30, 30, -90, 90))],
  Sign: [unary(tf.sign), unary(tf.sign, INT), forward(tf.sign as TensorFunction, values(0, -1, 3))],
  Sin: [unary(tf.sin)],
  Sinh: [unary(tf.sinh), forward(tf.sinh as TensorFunction, values(1e-4, -1e-5))],
  Slice: [
    on([5, 6], (x) => x.slice([1, 2], [3, 2])),
    on([5, 6], (x) => x.slice(2)),
    on([5, 6, 2], (x) => x.slice([0, 3], [-1, 2])),
    on([5, 6], (x) => x.slice([0, 0], [5, 6]).mul(2)),
    on([7], (x) => x.slice([3], [0]), VALUE),
    on([5], (x) => x.slice([1], [2]), INT),
  ],
  Softmax: [
    unary((x) => tf.softmax(x.expandDims(0))),
    on([2, 3, 7], (x) => tf.softmax(x)),
    on([2, 3, 7], (x) => tf.softmax(x.mul(30)), VALUE),
  ],
  Softplus: [unary(tf.softplus), forward(tf.softplus as TensorFunction, values(-40, 40, -20))],
  SplitV: [
    on([6, 4], (x) => tf.split(x, 3)),
    on([6, 4], (x) => tf.split(x, [1, 3], 1)),
    on([2, 7], (x) => tf.split(x, [2, -1, 1], -1), VALUE),
    on([4, 2], (x) => tf.split(x, 2), INT),
  ],
  Sqrt: [unary(tf.sqrt, { range: [0.1, 5] })],
  Square: [unary(tf.square), unary(tf.square, INT)],
  SquaredDifference: [
    binary(tf.squaredDifference, VALUE),
    same(tf.squaredDifference),
    binary(tf.squaredDifference, INT),
  ],
  Step: [unary((x) => tf.step(x, 0.2).mul(x)), forward((x) => tf.step(x!), values(-1, 0, 2))],
  StridedSlice: [
    on([7, 8], (x) => tf.stridedSlice(x, [1, 0], [6, 8], [2, 3]), VALUE),
    on([7, 8], (x) => tf.stridedSlice(x, [6, 7], [0, 2], [-2, -1]), VALUE),
    on([7], (x) => tf.stridedSlice(x, [0], [0], [-1], 1, 1), VALUE),
    on([7], (x) => tf.stridedSlice(x, [-2], [-6], [-2]), VALUE),
    on([7, 8], (x) => tf.stridedSlice(x, [2, 3], [0, 0], [1, 2], 1, 2), VALUE),
    on([5, 6], (x) => tf.stridedSlice(x, [-1, 1], [0, 5], [1, 1], 0, 0, 0, 0, 1), VALUE),
    on([3, 4, 5], (x) => tf.stridedSlice(x, [0, 1], [0, 4], [1, 2], 0, 0, 1), VALUE),
    on([3, 4], (x) => tf.stridedSlice(x, [0, 0, 1], [0, 3, 4], [1, 1, 1], 0, 0, 0, 1), VALUE),
    on([5], (x) => tf.stridedSlice(x, [4], [0], [-3]), INT),
  ],
  Sub: [binary(tf.sub), binary(tf.sub, INT)],
  Sum: [...reductions(tf.sum), forward((x) => asBool(x!).sum(0), whole(5, 2))],
  Tan: [unary(tf.tan, { range: [-1.2, 1.2] })],
  Tanh: [unary(tf.tanh)],
  Tile: [
    on([2, 3], (x) => tf.tile(x, [2, 3])),
    on([1, 3], (x) => tf.tile(x, [4, 1])),
    on([1, 3, 1], (x) => tf.tile(x, [2, 2, 5])),
    on([4], (x) => tf.tile(x, [1])),
    on([2], (x) => tf.tile(x, [3]), INT),
    forward((x) => tf.tile(asBool(x!), [3]), whole(2)),
  ],
  Transpose: [
    on([2, 3, 4], (x) => x.transpose([2, 0, 1])),
    on([2, 3], (x) => x.transpose()),
    on([2, 3, 4, 5], (x) => x.transpose([0, 3, 2, 1])),
    on([2, 3], (x) => x.transpose(), INT),
  ],
  Unpack: [0, 1, -1].map((axis) => on([3, 4, 2], (x) => tf.unstack(x, axis), { gradient: axis >= 0 })),
  UnsortedSegmentSum: [
    forward(
      (x, at) => tf.unsortedSegmentSum(x!, at as tf.Tensor1D, 4),
      { shape: [5, 2, 3] },
      integers(0, 3, 0, 1, 0),
    ),
    forward((x, at) => tf.unsortedSegmentSum(x!, at as tf.Tensor1D, 2), { shape: [3] }, integers(1, -1, 1)),
  ],
  ZerosLike: [
    unary((x) => tf.zerosLike(x).add(x)),
    unary(tf.zerosLike, INT),
    forward((x) => tf.zerosLike(x!), whole(9, 9)),
  ],
};
