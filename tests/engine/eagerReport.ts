/**
 * Run as a program of its own by eager.test.ts, since a backend of tfjs stays for a process: takes a step of gradient
 * descent on (w · x)² with `--device tfjs` and prints where it ran, and the new w.
 */
import { compileStateful, valueAndGradients } from '../../src/engine/index.ts';

const step = await compileStateful(
  ({ params, batch }) => {
    const { gradients } = valueAndGradients(params, ({ w }) => w!.mul(batch.x).sum().square().asScalar());
    return { params: { w: params.w.sub(gradients.w!) } };
  },
  { params: { w: { shape: [2] } }, batch: { x: { shape: [2] } } },
  ['params'],
  { device: 'tfjs' },
);
const w = Float32Array.of(1, 2);
await step.load(new Map([['params/w', { shape: [2], data: w }]]));
await step.run(new Map([['batch/x', { shape: [2], data: Float32Array.of(0.5, 0.25) }]]));
await step.read();
process.stdout.write(`${JSON.stringify({ where: step.where, w: [...w] })}\n`);
