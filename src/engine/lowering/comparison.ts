import { broadcast, cast, lower, NUMBERS, requireType } from './lowering.ts';

const COMPARISON: Record<string, string> = {
  Equal: 'Equal',
  Greater: 'Greater',
  GreaterEqual: 'GreaterOrEqual',
  Less: 'Less',
  LessEqual: 'LessOrEqual',
  LogicalAnd: 'And',
  LogicalOr: 'Or',
};
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

lower('LogicalNot', ({ builder, input }) => {
  const x = input('x');
  requireType(['bool'], x);
  return builder.add('Not', [x], x.shape, x.type);
});

for (const [kernel, op] of [
  ['IsInf', 'IsInf'],
  ['IsNan', 'IsNaN'],
] as const) {
  lower(kernel, ({ builder, input }) => {
    const x = input('x');
    requireType(NUMBERS, x);
    return x.type === 'int32' ? builder.filled(0, x.shape, 'bool') : builder.add(op, [x], x.shape, 'bool');
  });
}

lower('IsFinite', ({ builder, input }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  if (x.type === 'int32') return builder.filled(1, x.shape, 'bool');
  const size = builder.add('Abs', [x], x.shape, x.type);
  return builder.add('Less', [size, builder.scalar(Number.POSITIVE_INFINITY)], x.shape, 'bool');
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
  const [yes, no] = [cast(builder, t, 'int32'), cast(builder, e, 'int32')];
  return cast(builder, builder.add('Where', [condition, yes, no], t.shape, 'int32'), 'bool');
});
