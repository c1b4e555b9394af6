import type * as tf from '@tensorflow/tfjs';
import type { GraphBuilder, Value } from '../graph.ts';
import { broadcast, FLOATS, type KernelCall, lower, lowerKernel, requireType } from './lowering.ts';

lower<tf._FusedMatMulAttrs>('_FusedMatMul', (call) => {
  const inputs = new Map([
    ['a', call.input('a')],
    ['b', call.input('b')],
  ]);
  return finish(call, one('BatchMatMul', inputs, call.attributes));
});

for (const [fused, plain] of [
  ['FusedConv2D', 'Conv2D'],
  ['FusedDepthwiseConv2D', 'DepthwiseConv2dNative'],
] as const) {
  lower<tf.FusedConv2DAttrs>(fused, (call) => {
    const inputs = new Map([
      ['x', call.input('x')],
      ['filter', call.input('filter')],
    ]);
    return finish(call, one(plain, inputs, call.attributes));
  });
}

/** Adds the bias and applies the activation. */
function finish(
  { builder, optional, attributes }: KernelCall<{ activation: string; leakyreluAlpha?: number }>,
  product: Value,
): Value {
  const bias = optional('bias');
  const x = bias ? builder.add('Add', [product, bias], broadcast(product, bias), product.type) : product;
  const { activation, leakyreluAlpha = 0.2 } = attributes;
  const alpha = optional('preluActivationWeights');
  if (activation === 'linear') return x;
  if (activation === 'leakyrelu') return one('LeakyRelu', new Map([['x', x]]), { alpha: leakyreluAlpha });
  if (activation === 'prelu' && alpha)
    return one(
      'Prelu',
      new Map([
        ['x', x],
        ['alpha', alpha],
      ]),
    );
  // The rest are named like their kernels: elu, relu, relu6, sigmoid.
  return one(`${activation.charAt(0).toUpperCase()}${activation.slice(1)}`, new Map([['x', x]]));
}

/** The result of a kernel that has one. */
function one(kernelName: string, inputs: ReadonlyMap<string, Value>, attributes: object = {}): Value {
  return [lowerKernel(kernelName, inputs, attributes)].flat()[0]!;
}

// (x − mean) · scale / √(variance + ε) + offset, with the factors of a channel computed once.
lower<tf.FusedBatchNormAttrs>('FusedBatchNorm', ({ builder, input, optional, attributes }) => {
  const [x, mean, variance] = [input('x'), input('mean'), input('variance')];
  requireType(FLOATS, x, mean, variance);
  const [scale, offset] = [optional('scale'), optional('offset')];
  const epsilon = builder.scalar(attributes.varianceEpsilon);
  const deviation = unary(builder, 'Sqrt', builder.add('Add', [variance, epsilon], variance.shape, x.type));
  const factor = scale
    ? builder.add('Div', [scale, deviation], broadcast(scale, deviation), x.type)
    : unary(builder, 'Reciprocal', deviation);
  const centred = builder.add('Sub', [x, mean], x.shape, x.type);
  const scaled = builder.add('Mul', [centred, factor], x.shape, x.type);
  return offset ? builder.add('Add', [scaled, offset], x.shape, x.type) : scaled;
});

function unary(builder: GraphBuilder, op: string, x: Value): Value {
  return builder.add(op, [x], x.shape, x.type);
}
