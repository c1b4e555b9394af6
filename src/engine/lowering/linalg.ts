import * as tf from '@tensorflow/tfjs';
import { sizeOf, type Value } from '../graph.ts';
import { FLOATS, lower, NUMBERS, requireType, reshape, transpose } from './lowering.ts';

lower<tf.BatchMatMulAttrs>('BatchMatMul', ({ builder, input, attributes }) => {
  const [a, b] = [input('a'), input('b')];
  const { transposeA, transposeB } = attributes;
  requireType(NUMBERS, a);
  requireType([a.type], b);
  const rank = a.shape.length;
  const rows = a.shape[transposeA ? rank - 1 : rank - 2]!;
  const inner = a.shape[transposeA ? rank - 2 : rank - 1]!;
  const meeting = b.shape[transposeB ? b.shape.length - 1 : b.shape.length - 2]!;
  if (inner !== meeting) throw new Error(`${inner} columns cannot meet ${meeting} rows`);
  const columns = b.shape[transposeB ? b.shape.length - 2 : b.shape.length - 1]!;
  const batchA = a.shape.slice(0, -2);
  const batchB = b.shape.slice(0, -2);
  const batch = tf.backend_util.assertAndGetBroadcastShape(batchA, batchB);
  const shape = [...batch, rows, columns];
  const flatA = sizeOf(batchA) === 1;
  const flatB = sizeOf(batchB) === 1;
  // One large product: Gemm packs transposed operands itself, so that no transpose is made.
  if (flatA && flatB && a.type === 'float32') {
    const product = builder.add('Gemm', [matrix(a), matrix(b)], [rows, columns], a.type, {
      transA: transposeA ? 1 : 0,
      transB: transposeB ? 1 : 0,
    });
    return reshape(builder, product, shape);
  }
  const left = transposeA ? swapped(a) : a;
  const right = transposeB ? swapped(b) : b;
  return builder.add('MatMul', [left, right], shape, a.type);

  function matrix(x: Value): Value {
    return reshape(builder, x, x.shape.slice(-2));
  }

  function swapped(x: Value): Value {
    const axes = x.shape.map((_, axis) => axis);
    return transpose(builder, x, [...axes.slice(0, -2), axes.length - 1, axes.length - 2]);
  }
});

lower<tf.EinsumAttrs>('Einsum', ({ builder, inputs, attributes: { equation } }) => {
  requireType(FLOATS, ...inputs);
  const sides = new Map<string, number>();
  const [terms, result] = equation.replaceAll(' ', '').split('->') as [string, string];
  for (const [index, term] of terms.split(',').entries()) {
    for (const [axis, letter] of [...term].entries()) sides.set(letter, inputs[index]!.shape[axis]!);
  }
  const shape = [...result].map((letter) => sides.get(letter)!);
  return builder.add('Einsum', inputs, shape, 'float32', { equation: `${terms}->${result}` });
});
