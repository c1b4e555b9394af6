import type * as tf from '@tensorflow/tfjs';
import type { GraphType } from '../graph.ts';
import { broadcast, lower } from './lowering.ts';

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

for (const [kernel, op] of Object.entries(UNARY)) {
  lower(kernel, ({ builder, input }) => {
    const x = input('x');
    return builder.add(op, [x], x.shape, x.type);
  });
}

for (const [kernel, op] of Object.entries(BINARY)) {
  lower(kernel, ({ builder, input }) => {
    const [a, b] = [input('a'), input('b')];
    return builder.add(op, [a, b], broadcast(a, b), a.type);
  });
}

for (const [kernel, op] of Object.entries(COMPARISON)) {
  lower(kernel, ({ builder, input }) => {
    const [a, b] = [input('a'), input('b')];
    return builder.add(op, [a, b], broadcast(a, b), 'bool');
  });
}

lower('NotEqual', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  const shape = broadcast(a, b);
  return builder.add('Not', [builder.add('Equal', [a, b], shape, 'bool')], shape, 'bool');
});

lower('Square', ({ builder, input }) => {
  const x = input('x');
  return builder.add('Mul', [x, x], x.shape, x.type);
});

lower('SquaredDifference', ({ builder, input }) => {
  const [a, b] = [input('a'), input('b')];
  const shape = broadcast(a, b);
  const difference = builder.add('Sub', [a, b], shape, a.type);
  return builder.add('Mul', [difference, difference], shape, a.type);
});

lower('Rsqrt', ({ builder, input }) => {
  const x = input('x');
  return builder.add('Reciprocal', [builder.add('Sqrt', [x], x.shape, x.type)], x.shape, x.type);
});

lower('Log1p', ({ builder, input }) => {
  const x = input('x');
  return builder.add('Log', [builder.add('Add', [x, builder.scalar(1)], x.shape, x.type)], x.shape, x.type);
});

lower('Expm1', ({ builder, input }) => {
  const x = input('x');
  return builder.add('Sub', [builder.add('Exp', [x], x.shape, x.type), builder.scalar(1)], x.shape, x.type);
});

lower<tf.LeakyReluAttrs>('LeakyRelu', ({ builder, input, attributes }) => {
  const x = input('x');
  return builder.add('LeakyRelu', [x], x.shape, x.type, { alpha: { float: attributes.alpha } });
});

lower('Relu6', ({ builder, input }) => {
  const x = input('x');
  return builder.add('Clip', [x, builder.scalar(0), builder.scalar(6)], x.shape, x.type);
});

lower('Elu', ({ builder, input }) => {
  const x = input('x');
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
  const bounds = [builder.scalar(attributes.clipValueMin), builder.scalar(attributes.clipValueMax)];
  return builder.add('Clip', [x, ...bounds], x.shape, x.type);
});

lower('Select', ({ builder, input }) => {
  const [condition, t, e] = [input('condition'), input('t'), input('e')];
  return builder.add('Where', [condition, t, e], t.shape, t.type);
});

lower<{ dtype: tf.DataType }>('Cast', ({ builder, input, attributes }) => {
  const x = input('x');
  const type = attributes.dtype as GraphType;
  if (type === x.type) return x;
  const code = { float32: 1, int32: 6, bool: 9 }[attributes.dtype as 'float32' | 'int32' | 'bool'];
  return builder.add('Cast', [x], x.shape, type, { to: code });
});

lower('Identity', ({ input }) => input('x'));

lower('ZerosLike', ({ builder, input }) => builder.filled(0, input('x').shape));

lower('OnesLike', ({ builder, input }) => builder.filled(1, input('x').shape));

lower<tf.FillAttrs>('Fill', ({ builder, attributes }) =>
  builder.filled(Number(attributes.value), attributes.shape),
);

lower('AddN', ({ builder, inputs }) => {
  const first = inputs[0]!;
  return inputs.length === 1 ? first : builder.add('Sum', inputs, first.shape, first.type);
});
