import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder, Value } from '../graph.ts';
import { FLOATS, lower, requireType } from './lowering.ts';

// Local response normalisation (Krizhevsky et al. 2012): y = x · n^−β with n = bias + α · Σ x² over neighbouring
// channels. The sum is a product with a band of ones, which every provider has.
lower<tf.LRNAttrs>('LRN', ({ builder, input, attributes }) => {
  const x = input('x');
  requireType(FLOATS, x);
  return times(builder, x, power(builder, norm(builder, x, attributes), -attributes.beta));
});

// dx = dy · n^−β − 2αβ · x · Σ dy · y / n, over the same neighbours.
lower<tf.LRNGradAttrs>('LRNGrad', ({ builder, input, attributes }) => {
  const [x, y, dy] = [input('x'), input('y'), input('dy')];
  requireType(FLOATS, x, y, dy);
  const { alpha, beta, depthRadius } = attributes;
  const n = norm(builder, x, attributes);
  const shares = builder.add('Div', [times(builder, dy, y), n], x.shape, x.type);
  const around = neighbours(builder, shares, depthRadius);
  const through = times(builder, times(builder, x, around), builder.scalar(2 * alpha * beta));
  return builder.add('Sub', [times(builder, dy, power(builder, n, -beta)), through], x.shape, x.type);
});

function norm(builder: GraphBuilder, x: Value, { alpha, bias, depthRadius }: tf.LRNAttrs): Value {
  const sums = times(builder, neighbours(builder, times(builder, x, x), depthRadius), builder.scalar(alpha));
  return builder.add('Add', [sums, builder.scalar(bias)], x.shape, x.type);
}

/** The sum over all channels at most `radius` away. */
function neighbours(builder: GraphBuilder, x: Value, radius: number): Value {
  const channels = x.shape.at(-1)!;
  const band = Float32Array.from({ length: channels * channels }, (_, index) =>
    Math.abs((index % channels) - Math.floor(index / channels)) <= radius ? 1 : 0,
  );
  const matrix = builder.constant(band, [channels, channels], 'float32');
  return builder.add('MatMul', [x, matrix], x.shape, x.type);
}

function times(builder: GraphBuilder, a: Value, b: Value): Value {
  return builder.add('Mul', [a, b], a.shape, a.type);
}

function power(builder: GraphBuilder, x: Value, exponent: number): Value {
  return builder.add('Pow', [x, builder.scalar(exponent)], x.shape, x.type);
}
