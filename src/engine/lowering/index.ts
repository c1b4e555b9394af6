import * as tf from '@tensorflow/tfjs';
import './activation.ts';
import './arithmetic.ts';
import './blocks.ts';
import './comparison.ts';
import './convolution.ts';
import './convolution3d.ts';
import './creation.ts';
import './depthwise.ts';
import './fused.ts';
import './indexing.ts';
import './linalg.ts';
import './localResponse.ts';
import './movement.ts';
import './pooling.ts';
import './reduction.ts';
import './resize.ts';
import './scan.ts';
import { loweredKernels, refuse } from './lowering.ts';

/** Why some kernels cannot be traced; the others are merely not there. */
const REASONS: Readonly<Record<string, string>> = {
  Multinomial:
    'every run of a graph gives the same: pass Gumbel noise as an input and take the argMax of its sum with the logits',
  Unique: 'the size of its result depends on values',
  NonMaxSuppressionV3: 'the size of its result depends on values',
  ...Object.fromEntries(
    ['Complex', 'ComplexAbs', 'FFT', 'IFFT', 'Imag', 'Real'].map((kernel) => [
      kernel,
      'graphs have no complex numbers',
    ]),
  ),
};

const lowered = new Set(loweredKernels());
for (const { kernelName } of tf.getKernelsForBackend('cpu')) {
  if (lowered.has(kernelName)) continue;
  refuse(kernelName, REASONS[kernelName] ?? 'no lowering to ONNX (src/engine/lowering)');
}
