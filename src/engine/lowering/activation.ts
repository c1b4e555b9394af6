import type * as tf from '@tensorflow/tfjs';
import type { FilledType } from '../graph.ts';
import { broadcast, cast, FLOATS, lower, NUMBERS, requireType } from './lowering.ts';

for (const op of ['Elu', 'Selu', 'Sigmoid', 'Softplus', 'Tanh']) {
  lower(op, ({ builder, input }) => {
    const x = input('x');
    requireType(FLOATS, x);
    return builder.add(op, [x], x.shape, x.type);
  });
}

lower('Relu', ({ builder, input }) => {
  const x = input('x');
  requireType(NUMBERS, x);
  return builder.add('Relu', [x], x.shape, x.type);
});

lower('Relu6', ({ builder, input }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return builder.add('Clip', [x, builder.scalar(0), builder.scalar(6)], x.shape, x.type);
});

lower<tf.LeakyReluAttrs>('LeakyRelu', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return builder.add('LeakyRelu', [x], x.shape, x.type, { alpha: { float: attributes.alpha } });
});

lower('Prelu', ({ builder, input }) => {
  const [x, alpha] = [input('x'), input('alpha')];
  requireType(FLOATS, x, alpha);
  const shape = broadcast(x, alpha);
  const negative = builder.add('Less', [x, builder.scalar(0)], x.shape, 'bool');
  return builder.add('Where', [negative, builder.add('Mul', [x, alpha], shape, x.type), x], shape, x.type);
});

// d elu/dx from the output y: dy where y ≥ 0, else dy · (y + 1).
lower('EluGrad', ({ builder, input }) => {
  const [dy, y] = [input('dy'), input('y')];
  const slope = builder.add('Add', [y, builder.scalar(1)], y.shape, y.type);
  const positive = builder.add('GreaterOrEqual', [y, builder.scalar(0)], y.shape, 'bool');
  const scaled = builder.add('Mul', [dy, slope], y.shape, y.type);
  return builder.add('Where', [positive, dy, scaled], y.shape, y.type);
});

// The Heaviside step, with `alpha` for all other numbers: relu's derivative in tfjs. As arithmetic wherever that is
// exact, since onnxruntime's Where guesses at each element's branch: 10 times as slow as a product on random signs.
lower<tf.StepAttrs>('Step', ({ builder, input, attributes: { alpha } }) => {
  const x = input('x');
  requireType(FLOATS, x);
  const positive = builder.add('Greater', [x, builder.scalar(0)], x.shape, 'bool');
  const rise = Math.fround(1 - alpha);
  if (Math.fround(rise + alpha) !== 1) {
    return builder.add('Where', [positive, builder.scalar(1), builder.scalar(alpha)], x.shape, x.type);
  }
  const unit = cast(builder, positive, 'float32');
  if (alpha === 0) return unit;
  const risen = builder.add('Mul', [unit, builder.scalar(rise)], x.shape, x.type);
  return builder.add('Add', [risen, builder.scalar(alpha)], x.shape, x.type);
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

lower<tf.SoftmaxAttrs>('Softmax', ({ builder, input, attributes }) => {
  const x = input('logits');
  requireType(FLOATS, x);
  const axis = attributes.dim < 0 ? attributes.dim + x.shape.length : attributes.dim;
  return builder.add('Softmax', [x], x.shape, x.type, { axis });
});
