import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { sizeOf } from '../../src/engine/graph.ts';
import { compileStateful, type HostTensor, recompute, valueAndGradients } from '../../src/engine/index.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';

const DEPTH = 8;
const WIDTH = 128;
const ROWS = 8192;
const STEPS = 20;

interface Measured {
  /** Median of the processor time of a step, in milliseconds. */
  readonly milliseconds: number;
  /** Peak resident memory above that before the first step, in bytes. */
  readonly peak: number;
  readonly loss: number;
}

/** Time and memory of a step through a deep network, with and without recomputation, a process each. */
export function measureRecomputation(): void {
  const [plain, recomputed] = (['plain', 'recompute'] as const).map((mode): Measured => {
    const program = fileURLToPath(import.meta.url);
    const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', program, mode], {
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout.trim().split('\n').at(-1)!) as Measured;
  }) as [Measured, Measured];
  process.stdout.write(
    `\nrecomputation, ${DEPTH} blocks of width ${WIDTH} on ${ROWS} rows: ` +
      `${((100 * recomputed.peak) / plain.peak).toFixed(0)} % of the memory in ` +
      `${(recomputed.milliseconds / plain.milliseconds).toFixed(2)}× the time ` +
      `(${megabytes(plain.peak)}, ${plain.milliseconds.toFixed(0)} ms; losses ${plain.loss} and ${recomputed.loss})\n`,
  );
}

async function measure(block: typeof residual): Promise<Measured> {
  const layers = Array.from({ length: DEPTH }, (_, layer) => layer);
  const specs = {
    params: Object.fromEntries(
      layers.flatMap((layer) => [
        [`a${layer}`, { shape: [WIDTH, 4 * WIDTH] }],
        [`b${layer}`, { shape: [4 * WIDTH, WIDTH] }],
      ]),
    ),
    batch: { x: { shape: [ROWS, WIDTH] } },
  };
  const step = await compileStateful(
    ({ params, batch }) => {
      const { value, gradients } = valueAndGradients(params, (now) =>
        layers
          .reduce<tf.Tensor>((x, layer) => block(x, now[`a${layer}`]!, now[`b${layer}`]!), batch.x)
          .square()
          .mean()
          .asScalar(),
      );
      const next = Object.entries(params).map(([name, param]) => [
        name,
        param.sub(gradients[name]!.mul(0.1)),
      ]);
      return { params: Object.fromEntries(next), logs: { loss: value } };
    },
    specs,
    ['params'],
    { threads: 1 },
  );
  const draw = (shape: readonly number[], seed: number, deviation: number): HostTensor => {
    const data = fillNormal(seededRandom(seed), new Float32Array(sizeOf(shape)));
    return { shape, data: data.map((value) => deviation * value) };
  };
  const params = Object.entries(specs.params);
  await step.load(
    new Map(params.map(([name, { shape }], seed) => [`params/${name}`, draw(shape, seed, 0.05)])),
  );
  const batch = new Map([['batch/x', draw([ROWS, WIDTH], 99, 1)]]);
  const before = process.resourceUsage().maxRSS;
  const times: number[] = [];
  let loss = 0;
  for (let done = 0; done < STEPS; done += 1) {
    const start = process.cpuUsage();
    loss = Number((await step.run(batch)).get('logs/loss')!.data[0]);
    const { user, system } = process.cpuUsage(start);
    times.push((user + system) / 1000);
  }
  const peak = (process.resourceUsage().maxRSS - before) * 1024;
  return { milliseconds: times.toSorted((a, b) => a - b)[STEPS / 2]!, peak, loss };
}

function residual(x: tf.Tensor, a: tf.Tensor, b: tf.Tensor): tf.Tensor {
  return x.add(tf.matMul(tf.matMul(x, a).relu().square().tanh(), b));
}

function megabytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(0)} MiB`;
}

const mode = process.argv[2];
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const measured = await measure(mode === 'recompute' ? recompute(residual) : residual);
  process.stdout.write(`${JSON.stringify(measured)}\n`);
}
