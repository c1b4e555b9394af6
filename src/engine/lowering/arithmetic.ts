import type { GraphBuilder, Value } from '../graph.ts';
import { broadcast, cast, FLOATS, lower, NUMBERS, requireType } from './lowering.ts';

/** Kernels that are one ONNX operator on one tensor of real numbers. */
const UNARY: Record<string, string> = {
  Acos: 'Acos',
  Acosh: 'Acosh',
  Asin: 'Asin',
  Atan: 'Atan',
  Atanh: 'Atanh',
  Cos: 'Cos',
  Cosh: 'Cosh',
  Erf: 'Erf',
  Exp: 'Exp',
  Log: 'Log',
  Reciprocal: 'Reciprocal',
  Sin: 'Sin',
  Sinh: 'Sinh',
  Sqrt: 'Sqrt',
  Tan: 'Tan',
};
for (const [kernel, op] of Object.entries(UNARY)) {
  lower(kernel, ({ builder, input }) => {
    const x = input('x');
    requireType(FLOATS, x);
    return builder.add(op, [x], x.shape, x.type);
  });
}

/** Those that onnxruntime has for integers too. */
for (const op of ['Abs', 'Neg', 'Sign']) {
  lower(op, ({ builder, input }) => {
    const x = input('x');
    requireType(NUMBERS, x);
    return builder.add(op, [x], x.shape, x.type);
  });
}

/** What rounding leaves integers as they are. */
for (const op of ['Ceil', 'Floor', 'Round']) {
  lower(op, ({ builder, input }) => {
    const x = input('x');
    requireType(NUMBERS, x);
    return x.type === 'int32' ? x : builder.add(op, [x], x.shape, x.type);
  });
}

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
for (const [kernel, op] of Object.entries(BINARY)) {
  lower(kernel, ({ builder, input }) => {
    const [a, b] = [input('a'), input('b')];
    requireType(NUMBERS, a);
    requireType([a.type], b);
    return builder.add(op, [a, b], broadcast(a, b), a.type);
  });
}

lower('BitwiseAnd', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  requireType(['int32'], a, b);
  return builder.add('BitwiseAnd', [a, b], broadcast(a, b), a.type);
});

// The remainder that has the sign of the divisor, as in Python.
lower('Mod', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  requireType(NUMBERS, a);
  requireType([a.type], b);
  return modulo(builder, a, b);
});

// tfjs makes integers of real quotients too.
lower('FloorDiv', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  requireType(NUMBERS, a);
  requireType([a.type], b);
  const shape = broadcast(a, b);
  if (a.type === 'float32') {
    const quotient = builder.add('Div', [a, b], shape, a.type);
    return cast(builder, builder.add('Floor', [quotient], shape, a.type), 'int32');
  }
  // ONNX cuts integer quotients off; without the remainder there is nothing to cut.
  const whole = builder.add('Sub', [a, modulo(builder, a, b)], shape, a.type);
  return builder.add('Div', [whole, b], shape, a.type);
});

function modulo(builder: GraphBuilder, a: Value, b: Value): Value {
  const shape = broadcast(a, b);
  if (a.type === 'int32') return builder.add('Mod', [a, b], shape, a.type);
  // Real numbers have only the remainder with the sign of the dividend.
  const remainder = builder.add('Mod', [a, b], shape, a.type, { fmod: 1 });
  const moved = builder.add('Add', [remainder, b], shape, a.type);
  const zero = builder.scalar(0);
  const signs = [a, b].map((x) => builder.add('Less', [x, zero], x.shape, 'bool'));
  const differ = builder.add('Xor', signs, shape, 'bool');
  const inside = builder.add('Mod', [moved, b], shape, a.type, { fmod: 1 });
  return builder.add('Where', [differ, inside, remainder], shape, a.type);
}

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

lower('AddN', ({ builder, inputs }) => {
  const first = inputs[0]!;
  requireType(NUMBERS, first);
  requireType([first.type], ...inputs);
  if (inputs.length === 1) return first;
  if (first.type === 'float32') return builder.add('Sum', inputs, first.shape, first.type);
  return inputs.slice(1).reduce((sum, x) => builder.add('Add', [sum, x], first.shape, first.type), first);
});

lower('Rsqrt', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return builder.add('Reciprocal', [builder.add('Sqrt', [x], x.shape, x.type)], x.shape, x.type);
});

lower('Log1p', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return log1p(builder, x);
});

/**
 * log(1 + x) loses what the sum rounds away; the factor x / ((1 + x) − 1) gives it back (Kahan; Higham 2002,
 * section 1.14.1). Where nothing was rounded away, the plain logarithm is exact, and holds for ±∞ and −1 too.
 */
function log1p(builder: GraphBuilder, x: Value): Value {
  const add = (op: string, ...inputs: Value[]): Value => builder.add(op, inputs, x.shape, x.type);
  const sum = add('Add', x, builder.scalar(1));
  const kept = add('Sub', sum, builder.scalar(1));
  const log = add('Log', sum);
  const exact = builder.add('Equal', [kept, x], x.shape, 'bool');
  const tiny = builder.add('Equal', [kept, builder.scalar(0)], x.shape, 'bool');
  const corrected = add('Mul', log, add('Div', x, kept));
  return add('Where', exact, log, add('Where', tiny, x, corrected));
}

// eˣ − 1 = tanh(x / 2) · (eˣ + 1), which cancels nothing near zero.
lower('Expm1', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  const add = (op: string, ...inputs: Value[]): Value => builder.add(op, inputs, x.shape, x.type);
  const half = add('Tanh', add('Mul', x, builder.scalar(0.5)));
  return add('Mul', half, add('Add', add('Exp', x), builder.scalar(1)));
});

// sign(x) · log(1 + |x| + x² / (1 + √(1 + x²))): onnxruntime's own loses small arguments.
lower('Asinh', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  const add = (op: string, ...inputs: Value[]): Value => builder.add(op, inputs, x.shape, x.type);
  const size = add('Abs', x);
  const square = add('Mul', x, x);
  const root = add('Sqrt', add('Add', square, builder.scalar(1)));
  const rest = add('Div', square, add('Add', root, builder.scalar(1)));
  return add('Mul', add('Sign', x), log1p(builder, add('Add', size, rest)));
});

// The angle of the point (b, a): the arc tangent of a / b turned by half a circle on the left of the axis.
lower('Atan2', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  requireType(FLOATS, a, b);
  const shape = broadcast(a, b);
  const zero = builder.scalar(0);
  const add = (op: string, ...inputs: Value[]): Value => builder.add(op, inputs, shape, a.type);
  const below = builder.add('Less', [a, zero], a.shape, 'bool');
  const left = builder.add('Less', [b, zero], b.shape, 'bool');
  const half = builder.add(
    'Where',
    [below, builder.scalar(-Math.PI), builder.scalar(Math.PI)],
    a.shape,
    a.type,
  );
  const turned = add('Add', add('Atan', add('Div', a, b)), add('Where', left, half, zero));
  const sign = builder.add('Sign', [a], a.shape, a.type);
  const upright = builder.add('Mul', [sign, builder.scalar(Math.PI / 2)], a.shape, a.type);
  return add('Where', builder.add('Equal', [b, zero], b.shape, 'bool'), upright, turned);
});
