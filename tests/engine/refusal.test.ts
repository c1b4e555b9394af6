import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { trace, valueAndGradients } from '../../src/engine/index.ts';

const specs = {
  x: { a: { shape: [2, 3] }, i: { shape: [2, 3], type: 'int32' }, p: { shape: [1, 4, 4, 1] } },
} as const;
type Tensors = Record<'a' | 'i' | 'p', tf.Tensor>;
const lines = readFileSync(fileURLToPath(import.meta.url), 'utf8').split('\n');

function tracing(fn: (x: Tensors) => tf.Tensor): () => void {
  return () => void trace(({ x }) => ({ y: { out: fn(x) } }), specs);
}

const picture = (x: tf.Tensor): tf.Tensor4D => x as tf.Tensor4D;
const gradient = (fn: (a: tf.Tensor) => tf.Tensor, { a }: Tensors): tf.Tensor =>
  valueAndGradients({ a }, (now) => fn(now.a!).sum().asScalar()).gradients.a!;

describe('what cannot be traced names the kernel, its tensors and the line that called it', () => {
  it.each<[string, (x: Tensors) => tf.Tensor, RegExp, string]>([
    [
      'a kernel without a lowering',
      ({ p }) => tf.dilation2d(picture(p), tf.ones([2, 2, 1]), 1, 'same'),
      /^Dilation2D\(x float32 \[1,4,4,1\], filter float32 \[2,2,1\]\) at .*: no lowering to ONNX/,
      'tf.dilation2d(',
    ],
    [
      'a kernel that draws random numbers',
      ({ a }) => tf.multinomial(a as tf.Tensor2D, 2),
      /^Multinomial\(logits float32 \[2,3\]\) at .*: every run of a graph gives the same: pass Gumbel noise/,
      'tf.multinomial(',
    ],
    [
      'random numbers of the host',
      ({ a }) => a.add(tf.randomNormal([2, 3])),
      /^every run would see the numbers that randomNormal draws now: pass them as an input at /,
      'tf.randomNormal(',
    ],
    [
      'dropout',
      ({ a }) => tf.dropout(a, 0.5),
      /^every run would see the numbers that randomUniform draws now: pass them as an input at /,
      'tf.dropout(',
    ],
    [
      'complex numbers',
      ({ a }) => tf.spectral.rfft(a),
      /: graphs have no complex numbers/,
      'tf.spectral.rfft(',
    ],
    [
      'a kernel without a gradient',
      (x) => gradient((a) => tf.diag(a), x),
      /^Diag\(x float32 \[2,3\]\) at .* has no gradient$/,
      'tf.diag(',
    ],
    [
      'what tfjs itself refuses',
      ({ a }) => tf.dot(a, a),
      /^Error in dot: inner dimensions of inputs must match.* at /,
      'tf.dot(',
    ],
    [
      'matrices that do not fit',
      ({ a }) => tf.matMul(a, a),
      /^BatchMatMul\(a float32 \[.*2,3\], b float32 \[.*2,3\]\) at .*: 3 columns cannot meet 2 rows$/,
      'tf.matMul(',
    ],
    [
      'tensors that cannot be joined',
      ({ a, p }) => tf.concat([a, p.reshape([4, 4])]),
      /^Concat\(.*\[2,3\].*\[4,4\]\) at .*: the other axes differ$/,
      'tf.concat(',
    ],
    [
      'real functions of integers',
      ({ i }) => tf.exp(i),
      /^Exp\(x int32 \[2,3\]\) at .*: float32 expected, not int32: cast it$/,
      'tf.exp(',
    ],
    [
      'comparing truth',
      ({ a }) => tf.greater(a.greater(0), a.greater(1)),
      /^Greater\(a bool \[2,3\], b bool \[2,3\]\) at /,
      'tf.greater(',
    ],
    [
      'fractional bounds of integers',
      ({ i }) => i.clipByValue(0.5, 1),
      /^ClipByValue\(x int32 \[2,3\]\) at .*: the bounds 0.5 and 1/,
      'i.clipByValue(',
    ],
    [
      'rounding sizes up',
      ({ p }) => tf.conv2d(picture(p), tf.ones([3, 3, 1, 1]), 2, 0, 'NHWC', 1, 'ceil'),
      /^Conv2D\(x float32 \[1,4,4,1\], filter .* at .*tfjs makes it 2×2, ONNX 1×1/,
      'tf.conv2d(',
    ],
    [
      'rounding sizes of pools up',
      ({ p }) => tf.maxPool(picture(p), 3, 2, 0, 'ceil'),
      /^MaxPool\(x float32 \[1,4,4,1\]\) at .*: tfjs makes a side 2, ONNX 1: pad it yourself$/,
      'tf.maxPool(',
    ],
    [
      'windows that step over the elements of a volume',
      ({ p }) => tf.maxPool3d(p.reshape([1, 4, 4, 1, 1]) as tf.Tensor5D, 1, 2, 'same'),
      /^MaxPool3D\(x float32 \[1,4,4,1,1\]\) at .*: a window of 1 with stride 2 has no 'same' padding/,
      'tf.maxPool3d(',
    ],
    [
      'reading values',
      ({ a }) => tf.scalar(a.dataSync()[0]!),
      /^a traced tensor has no values: the function may not read them at /,
      'a.dataSync(',
    ],
    [
      'deciding by a value',
      ({ a }) => (a.sum().arraySync() === 0 ? a : a.neg()),
      /may not read them at /,
      'a.sum().arraySync(',
    ],
  ])('%s', (_, fn, message, call) => {
    const error = caught(tracing(fn));
    expect(error.message).toMatch(message);
    const [, line] = /at tests\/engine\/refusal\.test\.ts:(\d+)/.exec(error.message) ?? [];
    expect(lines[Number(line) - 1]).toContain(call);
  });

  it('an error of the function itself stays as it is', () => {
    const own = new RangeError('too deep');
    expect(
      caught(
        tracing(() => {
          throw own;
        }),
      ),
    ).toBe(own);
  });
});

describe('tensors from elsewhere', () => {
  it('are refused, as an operand and as a result', () => {
    tf.setBackend('cpu');
    const outside = tf.tensor1d([1, 2, 3]);
    expect(tracing(({ a }) => a.add(outside))).toThrow(/made outside the traced function.* at tests\/engine/);
    expect(tracing(() => outside)).toThrow(/made outside the traced function/);
  });

  it('are refused from another trace too', () => {
    let leaked: tf.Tensor | undefined;
    tracing(({ a }) => {
      leaked = a.add(1);
      return leaked;
    })();
    expect(tracing(({ a }) => a.add(leaked!))).toThrow(/made outside the traced function/);
  });
});

it('a failed trace leaves the backend and the depth of stacks as they were', () => {
  tf.setBackend('cpu');
  const depth = Error.stackTraceLimit;
  expect(tracing(({ p }) => tf.dilation2d(picture(p), tf.ones([2, 2, 1]), 1, 'same'))).toThrow();
  expect(tf.getBackend()).toBe('cpu');
  expect(Error.stackTraceLimit).toBe(depth);
  expect(tf.scalar(2).add(3).arraySync()).toBe(5);
});

function caught(fn: () => void): Error {
  try {
    fn();
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('nothing was thrown');
}
