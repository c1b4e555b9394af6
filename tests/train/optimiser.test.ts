import { spawnSync } from 'node:child_process';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { type OptimiserConfig, optimiserSlots, update } from '../../src/train/optimiser/index.ts';
import { sgd } from '../../src/train/optimiser/sgd.ts';
import { useReference } from '../engine/equality.ts';
import { python } from '../python.ts';

const CONFIG: OptimiserConfig = { weightDecay: 0.1, clipNorm: 1, emaDecay: 0.9, matrices: 'adamw' };

beforeAll(useReference);

describe('AdamW', () => {
  it.each([
    ['gradients within the limit', 0.05],
    ['gradients that are clipped', 4],
  ])('equals a scalar implementation of the paper: %s', (_, size) => {
    const random = seededRandom(2);
    const shapes: Record<string, number[]> = { matrix: [2, 3], bias: [4] };
    const names = Object.keys(shapes);
    const length = (name: string): number => shapes[name]!.reduce((product, side) => product * side, 1);
    const draw = (name: string): number[] => Array.from({ length: length(name) }, () => random.normal());
    const theirs = Object.fromEntries(
      names.map((name) => [name, draw(name).map((p) => ({ p, e: p, m: 0, v: 0 }))]),
    );
    let ours = groupsOf(
      names,
      (name) => [...theirs[name]!.map(({ p }) => p)],
      (name) => shapes[name]!,
    );
    for (let step = 1; step <= 5; step += 1) {
      const gradients = Object.fromEntries(names.map((name) => [name, draw(name).map((g) => g * size)]));
      const rate = 0.02 / step;
      const { groups, norm } = update(CONFIG, ours.params, tensors(gradients, shapes), ours, {
        rate: tf.scalar(rate),
        step: tf.scalar(step),
      });
      const total = Math.hypot(...Object.values(gradients).flat());
      expect(norm.arraySync()).toBeCloseTo(total, 4);
      for (const name of names) {
        for (const [index, weight] of theirs[name]!.entries()) {
          const g = gradients[name]![index]! * Math.min(1, 1 / total);
          weight.m = 0.9 * weight.m + 0.1 * g;
          weight.v = 0.99 * weight.v + 0.01 * g * g;
          const direction = weight.m / (1 - 0.9 ** step) / (Math.sqrt(weight.v / (1 - 0.99 ** step)) + 1e-8);
          const decay = name === 'matrix' ? CONFIG.weightDecay * weight.p : 0;
          weight.p -= rate * (direction + decay);
          weight.e = 0.9 * weight.e + 0.1 * weight.p;
        }
      }
      ours = groups as typeof ours;
    }
    for (const name of names) {
      for (const [group, key] of [
        ['params', 'p'],
        ['ema', 'e'],
        ['first', 'm'],
        ['second', 'v'],
      ] as const) {
        for (const [index, value] of ours[group][name]!.dataSync().entries()) {
          expect(value).toBeCloseTo(theirs[name]![index]![key], 5);
        }
      }
    }
  });
});

describe('Muon', () => {
  const config = { ...CONFIG, matrices: 'muon', weightDecay: 0, clipNorm: 1e9 } as const;

  it.each([
    [32, 32],
    [32, 48],
    [80, 32],
  ])('turns the gradient of a %i × %i matrix into one whose singular values are near 1', (rows, columns) => {
    const shape = [rows, columns];
    const zero = { w: tf.zeros(shape) };
    const gradient = tf.tensor(fillNormal(seededRandom(rows), new Float32Array(rows * columns)), shape);
    const { groups } = update(
      config,
      zero,
      { w: gradient },
      { ema: zero, first: zero, second: {} },
      {
        rate: tf.scalar(1),
        step: tf.scalar(1),
      },
    );
    const direction = groups.params!.w!.neg().div(0.2 * Math.sqrt(Math.max(rows, columns))) as tf.Tensor2D;
    const gram = (
      rows <= columns ? tf.matMul(direction, direction, false, true) : tf.matMul(direction, direction, true)
    ) as tf.Tensor2D;
    const squares = eigenvalues(gram.arraySync());
    // Muon's five steps leave singular values between 0.7 and 1.2; the smallest of a square matrix may lag behind.
    expect(Math.sqrt(Math.max(...squares))).toBeLessThan(1.25);
    const low = squares.filter((square) => Math.sqrt(Math.max(0, square)) < 0.65);
    expect(low.length).toBeLessThanOrEqual(rows === columns ? 2 : 0);
    // It points where the gradient points.
    expect(direction.mul(gradient).sum().arraySync()).toBeGreaterThan(0);
    expect(optimiserSlots(config, { w: { shape, initial: 'zeros' } }).second).toEqual([]);
  });

  it('leaves small matrices, vectors and convolutions to AdamW', () => {
    const specs = Object.fromEntries(
      [[31, 64], [64], [3, 3, 64, 64]].map((shape) => [shape.join(), { shape, initial: 'zeros' as const }]),
    );
    expect(optimiserSlots(config, specs).second).toEqual(Object.keys(specs));
  });
});

describe('SGD', () => {
  it.each([
    ['plain', { momentum: 0, nesterov: false }],
    ['with momentum', { momentum: 0.9, nesterov: false }],
    ["with Nesterov's", { momentum: 0.8, nesterov: true }],
  ])('%s weighs a gradient k steps ago by the momentum to the k', (_, options) => {
    const gradients = [
      [1, -2],
      [0.5, 3],
      [-4, 0.25],
      [2, 2],
    ];
    const { momentum, nesterov } = options;
    let velocity: tf.Tensor = tf.zeros([2]);
    for (const [step, gradient] of gradients.entries()) {
      const next = sgd(tf.tensor(gradient), velocity, options);
      velocity = next.velocity;
      const expected = [0, 1].map((index) => {
        const sum = gradients
          .slice(0, step + 1)
          .reduce((total, past, at) => total + past[index]! * momentum ** (step - at), 0);
        return nesterov ? gradient[index]! + momentum * sum : sum;
      });
      for (const [index, value] of next.direction.dataSync().entries())
        expect(value).toBeCloseTo(expected[index]!, 5);
    }
  });

  it('keeps a velocity for every parameter, and no second moments', () => {
    const specs = {
      w: { shape: [64, 64], initial: 'zeros' as const },
      b: { shape: [3], initial: 'zeros' as const },
    };
    const slots = optimiserSlots({ ...CONFIG, matrices: 'sgd' }, specs);
    expect(slots).toEqual({ ema: ['w', 'b'], first: ['w', 'b'], second: [] });
  });
});

describe('an update', () => {
  it.for([
    ['adamw', 0.1, 'torch.optim.AdamW([p], lr=0.02, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)'],
    ['sgd', 0, 'torch.optim.SGD([p], lr=0.02, momentum=0.9, nesterov=True)'],
  ] as const)('by %s is what PyTorch makes of it', ([matrices, weightDecay, optimiser], { skip }) => {
    const interpreter = python('torch');
    if (!interpreter) return skip('Python has no torch: the comparison did not run');
    const shape = [3, 4];
    const random = seededRandom(11);
    const draw = (): number[] => [...fillNormal(random, new Float32Array(12))];
    const start = draw();
    const gradients = Array.from({ length: 6 }, draw);
    const script = `
import json, sys, torch
start, gradients = json.load(sys.stdin)
p = torch.nn.Parameter(torch.tensor(start).reshape(3, 4))
optimiser = ${optimiser}
average = torch.optim.swa_utils.AveragedModel(torch.nn.ParameterList([p]), multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.9))
average.update_parameters(torch.nn.ParameterList([p]))
for gradient in gradients:
    p.grad = torch.tensor(gradient).reshape(3, 4)
    torch.nn.utils.clip_grad_norm_([p], 1.0)
    optimiser.step()
    average.update_parameters(torch.nn.ParameterList([p]))
print(json.dumps([p.flatten().tolist(), next(average.parameters()).flatten().tolist()]))
`;
    const { stdout, stderr } = spawnSync(interpreter, ['-c', script], {
      encoding: 'utf8',
      input: JSON.stringify([start, gradients]),
    });
    expect(stdout, stderr).not.toBe('');
    const [params, ema] = JSON.parse(stdout) as [number[], number[]];
    let ours = groupsOf(
      ['w'],
      () => start,
      () => shape,
    );
    for (const [index, gradient] of gradients.entries()) {
      const { groups } = update(
        { ...CONFIG, matrices, weightDecay },
        ours.params,
        { w: tf.tensor(gradient, shape) },
        ours,
        { rate: tf.scalar(0.02), step: tf.scalar(index + 1) },
      );
      ours = groups as Groups;
    }
    for (const [index, value] of ours.params.w!.dataSync().entries())
      expect(value).toBeCloseTo(params[index]!, 5);
    for (const [index, value] of ours.ema.w!.dataSync().entries()) expect(value).toBeCloseTo(ema[index]!, 5);
  });
});

type Groups = Record<'params' | 'ema' | 'first' | 'second', Record<string, tf.Tensor>>;

function groupsOf(
  names: string[],
  values: (name: string) => number[],
  shape: (name: string) => number[],
): Groups {
  const group = (of: (name: string) => tf.Tensor): Record<string, tf.Tensor> =>
    Object.fromEntries(names.map((name) => [name, of(name)]));
  const start = group((name) => tf.tensor(values(name), shape(name)));
  const zeros = group((name) => tf.zeros(shape(name)));
  return { params: start, ema: start, first: zeros, second: zeros };
}

function tensors(
  values: Record<string, number[]>,
  shapes: Record<string, number[]>,
): Record<string, tf.Tensor> {
  return Object.fromEntries(
    Object.entries(values).map(([name, list]) => [name, tf.tensor(list, shapes[name]!)]),
  );
}

/** Eigenvalues of a symmetric matrix by Jacobi's rotations (Golub & Van Loan, section 8.5). */
function eigenvalues(matrix: readonly (readonly number[])[]): number[] {
  const a = matrix.map((row) => [...row]);
  const n = a.length;
  for (let sweep = 0; sweep < 8; sweep += 1) {
    for (let p = 0; p < n; p += 1) {
      for (let q = p + 1; q < n; q += 1) {
        const theta = 0.5 * Math.atan2(2 * a[p]![q]!, a[q]![q]! - a[p]![p]!);
        const [c, s] = [Math.cos(theta), Math.sin(theta)];
        for (let k = 0; k < n; k += 1) {
          const [x, y] = [a[k]![p]!, a[k]![q]!];
          [a[k]![p], a[k]![q]] = [c * x - s * y, s * x + c * y];
        }
        for (let k = 0; k < n; k += 1) {
          const [x, y] = [a[p]![k]!, a[q]![k]!];
          [a[p]![k], a[q]![k]] = [c * x - s * y, s * x + c * y];
        }
      }
    }
  }
  return a.map((row, index) => row[index]!);
}
