import type * as tf from '@tensorflow/tfjs';
import type { FilledType, Value } from '../graph.ts';
import { broadcast, FLOATS, lower, NUMBERS, requireType } from './lowering.ts';

/** `TensorProto.DataType` of onnx.proto, for `Cast`. */
const TYPE_CODE: Partial<Record<tf.DataType, number>> & { readonly int32: number; readonly bool: number } = {
  float32: 1,
  int32: 6,
  bool: 9,
};

/** Kernels that are one ONNX operator on one tensor. */
const UNARY: Record<string, string> = {
  Abs: 'Abs',
  Acos: 'Acos',
  Asin: 'Asin',
  Atan: 'Atan',
  Ceil: 'Ceil',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Erf: 'Erf',
  Exp: 'Exp',
  Floor: 'Floor',
  Log: 'Log',
  LogicalNot: 'Not',
  Neg: 'Neg',
  Reciprocal: 'Reciprocal',
  Relu: 'Relu',
  Round: 'Round',
  Sigmoid: 'Sigmoid',
  Sign: 'Sign',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Softplus: 'Softplus',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
  Tanh: 'Tanh',
};

/** Kernels that are one ONNX operator on two tensors that broadcast. */
const BINARY: Record<string, string> = {
  Add: 'Add',
  Maximum: 'Max',
  Minimum: 'Min',
  Multiply: 'Mul',
  Pow: 'Pow',
  RealDiv: 'Div',
  Sub: 'Sub',
};

const COMPARISON: Record<string, string> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};

/** Those that onnxruntime has for integers too. */
const INTEGER_UNARY = new Set(['Abs', 'Neg', 'Relu', 'Sign']);
/** What rounding leaves integers as they are. */
const ROUNDING = new Set(['Ceil', 'Floor', 'Round']);

for (const [kernel, op] of Object.entries(UNARY)) {
  lower(kernel, ({ builder, input }) => {
    const x = input('x');
    if (op === 'Not') requireType(['bool'], x);
    else requireType(INTEGER_UNARY.has(kernel) || ROUNDING.has(kernel) ? NUMBERS : FLOATS, x);
    if (ROUNDING.has(kernel) && x.type === 'int32') return x;
    return builder.add(op, [x], x.shape, x.type);
  });
}

for (const [kernel, op] of Object.entries(BINARY)) {
  lower(kernel, ({ builder, input }) => {
    const [a, b] = [input('a'), input('b')];
    requireType(NUMBERS, a);
    requireType([a.type], b);
    return builder.add(op, [a, b], broadcast(a, b), a.type);
  });
}

for (const [kernel, op] of Object.entries(COMPARISON)) {
  lower(kernel, ({ builder, input }) => {
    const [a, b] = [input('a'), input('b')];
    if (op === 'And' || op === 'Or') requireType(['bool'], a);
    else if (op !== 'Equal') requireType(NUMBERS, a);
    requireType([a.type], b);
    return builder.add(op, [a, b], broadcast(a, b), 'bool');
  });
}

lower('NotEqual', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  requireType([a.type], b);
  const shape = broadcast(a, b);
  return builder.add('Not', [builder.add('Equal', [a, b], shape, 'bool')], shape, 'bool');
});

lower('Square', ({ builder, input }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  return builder.add('Mul', [x, x], x.shape, x.type);
});

lower('SquaredDifference', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  requireType(NUMBERS, a);
  requireType([a.type], b);
  const shape = broadcast(a, b);
  const difference = builder.add('Sub', [a, b], shape, a.type);
  return builder.add('Mul', [difference, difference], shape, a.type);
});

lower('Rsqrt', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return builder.add('Reciprocal', [builder.add('Sqrt', [x], x.shape, x.type)], x.shape, x.type);
});

// log(1 + x) loses what the sum rounds away; the factor x / ((1 + x) − 1) gives it back (Kahan; Higham 2002,
// section 1.14.1). Where nothing was rounded away, the plain logarithm is exact, and holds for ±∞ and −1 too.
lower('Log1p', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  const add = (op: string, ...inputs: Value[]): Value => builder.add(op, inputs, x.shape, x.type);
  const sum = add('Add', x, builder.scalar(1));
  const kept = add('Sub', sum, builder.scalar(1));
  const log = add('Log', sum);
  const exact = builder.add('Equal', [kept, x], x.shape, 'bool');
  const tiny = builder.add('Equal', [kept, builder.scalar(0)], x.shape, 'bool');
  const corrected = add('Mul', log, add('Div', x, kept));
  return add('Where', exact, log, add('Where', tiny, x, corrected));
});

// eˣ − 1 = tanh(x / 2) · (eˣ + 1), which cancels nothing near zero.
lower('Expm1', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  const add = (op: string, ...inputs: Value[]): Value => builder.add(op, inputs, x.shape, x.type);
  const half = add('Tanh', add('Mul', x, builder.scalar(0.5)));
  return add('Mul', half, add('Add', add('Exp', x), builder.scalar(1)));
});

lower<tf.LeakyReluAttrs>('LeakyRelu', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return builder.add('LeakyRelu', [x], x.shape, x.type, { alpha: { float: attributes.alpha } });
});

lower('Relu6', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return builder.add('Clip', [x, builder.scalar(0), builder.scalar(6)], x.shape, x.type);
});

lower('Elu', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return builder.add('Elu', [x], x.shape, x.type);
});

// d elu/dx from the output y: dy where y ≥ 0, else dy · (y + 1).
lower('EluGrad', ({ builder, input }) => {
  const [dy, y] = [input('dy'), input('y')];
  const slope = builder.add('Add', [y, builder.scalar(1)], y.shape, y.type);
  const positive = builder.add('GreaterOrEqual', [y, builder.scalar(0)], y.shape, 'bool');
  const scaled = builder.add('Mul', [dy, slope], y.shape, y.type);
  return builder.add('Where', [positive, dy, scaled], y.shape, y.type);
});

// The Heaviside step, with `alpha` as the slope for negative numbers: relu's derivative in tfjs.
lower<tf.StepAttrs>('Step', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(FLOATS, x);
  const positive = builder.add('Greater', [x, builder.scalar(0)], x.shape, 'bool');
  return builder.add(
    'Where',
    [positive, builder.scalar(1), builder.scalar(attributes.alpha)],
    x.shape,
    x.type,
  );
});

lower<tf.ClipByValueAttrs>('ClipByValue', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  const { clipValueMin, clipValueMax } = attributes;
  if (x.type === 'int32' && ![clipValueMin, clipValueMax].every(Number.isInteger)) {
    throw new Error(`the bounds ${clipValueMin} and ${clipValueMax} are not whole: cast it to float32`);
  }
  const bounds = [clipValueMin, clipValueMax].map((bound) => builder.scalar(bound, x.type as FilledType));
  return builder.add('Clip', [x, ...bounds], x.shape, x.type);
});

lower('Select', ({ builder, input }) => {
  const [condition, t, e] = [input('condition'), input('t'), input('e')];
  requireType(['bool'], condition);
  requireType([t.type], e);
  for (const other of [condition, e]) {
    if (other.shape.join() !== t.shape.join()) throw new Error('the shapes differ: use tf.where');
  }
  if (t.type !== 'bool') return builder.add('Where', [condition, t, e], t.shape, t.type);
  // onnxruntime has no Where of bool.
  const [yes, no] = [t, e].map((x) => builder.add('Cast', [x], t.shape, 'int32', { to: TYPE_CODE.int32 }));
  const chosen = builder.add('Where', [condition, yes!, no!], t.shape, 'int32');
  return builder.add('Cast', [chosen], t.shape, 'bool', { to: TYPE_CODE.bool });
});

lower<{ dtype: tf.DataType }>('Cast', ({ builder, input, attributes }) => {
  const x = input('x');
  const type = attributes.dtype;
  if (type === x.type) return x;
  const code = TYPE_CODE[type];
  if (code === undefined) throw new Error(`there is no ${type} in graphs`);
  return builder.add('Cast', [x], x.shape, type as FilledType, { to: code });
});

lower('Identity', ({ input }) => input('x'));

for (const [kernel, value] of [
  ['ZerosLike', 0],
  ['OnesLike', 1],
] as const) {
  lower(kernel, ({ builder, input }) => {
    const x = input('x');
    requireType([...NUMBERS, 'bool'], x);
    return builder.filled(value, x.shape, x.type as FilledType);
  });
}

lower<tf.FillAttrs>('Fill', ({ builder, attributes: { shape, value, dtype } }) => {
  const type = dtype ?? 'float32';
  if (type !== 'float32' && type !== 'int32' && type !== 'bool')
    throw new Error(`there is no ${type} in graphs`);
  return builder.filled(Number(value), shape, type);
});

lower('AddN', ({ builder, inputs }) => {
  const first = inputs[0]!;
  requireType(NUMBERS, first);
  requireType([first.type], ...inputs);
  if (inputs.length === 1) return first;
  if (first.type === 'float32') return builder.add('Sum', inputs, first.shape, first.type);
  return inputs.slice(1).reduce((sum, x) => builder.add('Add', [sum, x], first.shape, first.type), first);
});
