import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { trace } from '../../src/engine/index.ts';

describe('what cannot be traced', () => {
  const x = {
    x: { a: { shape: [2, 3] }, i: { shape: [2, 3], type: 'int32' }, p: { shape: [1, 4, 4, 1] } },
  } as const;
  type Tensors = Record<'a' | 'i' | 'p', tf.Tensor>;
  const tracing = (fn: (x: Tensors) => tf.Tensor): (() => void) => {
    return () => void trace(({ x: tensors }) => ({ y: { out: fn(tensors) } }), x);
  };

  it.each<[string, (x: Tensors) => tf.Tensor, RegExp]>([
    [
      'a kernel without a lowering',
      ({ a }) => tf.mod(a, a),
      /^Mod\(a float32 \[2,3\], b float32 \[2,3\]\) has no lowering/,
    ],
    [
      'one with inputs left out',
      ({ p }) => tf.maxPool(p as tf.Tensor4D, 2, 2, 'same'),
      /^MaxPool\(x float32 \[1,4,4,1\]\) has no lowering/,
    ],
    [
      'real functions of integers',
      ({ i }) => tf.exp(i),
      /^Exp\(x int32 \[2,3\]\): float32 expected, not int32/,
    ],
    [
      'comparing truth',
      ({ a }) => tf.greater(a.greater(0), a.greater(1)),
      /^Greater\(a bool \[2,3\], b bool \[2,3\]\)/,
    ],
    [
      'fractional bounds of integers',
      ({ i }) => i.clipByValue(0.5, 1),
      /^ClipByValue\(x int32 \[2,3\]\): the bounds 0.5 and 1/,
    ],
    [
      'symmetric padding',
      ({ a }) =>
        tf.mirrorPad(
          a,
          [
            [1, 1],
            [0, 0],
          ],
          'symmetric',
        ),
      /^MirrorPad\(x float32 \[2,3\]\): .*reflect/,
    ],
    [
      'rounding sizes up',
      ({ p }) => tf.conv2d(p as tf.Tensor4D, tf.ones([3, 3, 1, 1]), 2, 0, 'NHWC', 1, 'ceil'),
      /^Conv2D\(x float32 \[1,4,4,1\], filter .*tfjs makes it 2×2, ONNX 1×1/,
    ],
    [
      'channels first',
      ({ p }) => tf.depthToSpace(p.reshape([1, 4, 2, 2]) as tf.Tensor4D, 2, 'NCHW'),
      /^DepthToSpace\(.*NCHW/,
    ],
    ['gathering by batch', ({ a, i }) => tf.gather(a, i, 1, 1), /^GatherV2\(.*batchDims/],
    [
      'reading values',
      ({ a }) => tf.scalar(a.dataSync()[0]!),
      /has no values: the function may not read them/,
    ],
    ['deciding by a value', ({ a }) => (a.sum().arraySync() === 0 ? a : a.neg()), /may not read them/],
  ])('%s names what it is', (_, fn, message) => {
    expect(tracing(fn)).toThrow(message);
  });

  it('a tensor made outside is refused, as an operand and as a result', () => {
    tf.setBackend('cpu');
    const outside = tf.tensor1d([1, 2, 3]);
    expect(tracing(({ a }) => a.add(outside))).toThrow(/made outside the traced function/);
    expect(tracing(() => outside)).toThrow(/made outside the traced function/);
  });

  it('a tensor of another trace is refused', () => {
    let leaked: tf.Tensor | undefined;
    tracing(({ a }) => {
      leaked = a.add(1);
      return leaked;
    })();
    expect(tracing(({ a }) => a.add(leaked!))).toThrow(/made outside the traced function/);
  });

  it('leaves the backend as it was', () => {
    tf.setBackend('cpu');
    expect(tracing(({ a }) => tf.mod(a, a))).toThrow();
    expect(tf.getBackend()).toBe('cpu');
    expect(tf.scalar(2).add(3).arraySync()).toBe(5);
  });
});
