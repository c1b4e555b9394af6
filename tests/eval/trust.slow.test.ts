import { beforeAll, expect, test } from 'vitest';
import { type Evaluation, evaluateWorlds } from '../../src/eval/evaluation.ts';
import type { Observation } from '../../src/eval/metrics/metric.ts';
import { METRICS } from '../../src/eval/metrics/registry.ts';
import {
  blurredWorld,
  deafWorld,
  delayedWorld,
  fakeDataset,
  flickeringWorld,
  forgetfulWorld,
  frozenWorld,
  lapsingWorld,
  mirroredWorld,
  perfectWorld,
  scratchStore,
  tintedWorld,
} from './fakes.ts';

// Worlds whose fault is known, each caught by the metric that is meant to catch it.
let evaluation: Evaluation;
const store = scratchStore();

beforeAll(async () => {
  const worlds = [
    perfectWorld(),
    frozenWorld(),
    blurredWorld(),
    tintedWorld(),
    deafWorld(),
    delayedWorld(),
    mirroredWorld(),
    forgetfulWorld(),
    flickeringWorld(),
    lapsingWorld(),
  ];
  const settings = { rollouts: 4, horizon: 30, seeds: 1, seed: 3 };
  evaluation = await evaluateWorlds(worlds, fakeDataset(), settings, { store });
});

function value(id: string, source: string): number | undefined {
  const metric = METRICS.find((candidate) => candidate.id === id)!;
  const observations = observationsOf(id, source);
  return observations === undefined ? undefined : metric.estimate(observations, evaluation.laboratory);
}

function observationsOf(id: string, source: string): Observation[] | undefined {
  const found = evaluation.sources.find(({ name }) => name === source)!;
  return found.observations.get(id)?.map((item) => item.value);
}

const of = (id: string, source: string): number => {
  const found = value(id, source);
  if (found === undefined) throw new Error(`no ${id} of ${source}`);
  return found;
};

/** Expects a metric to rank sources, the first one highest. */
function expectOrder(id: string, ...sources: string[]): void {
  const values = sources.map((source) => of(id, source));
  for (let i = 1; i < values.length; i++) {
    expect(values[i - 1]!, `${id}: ${sources[i - 1]} above ${sources[i]}`).toBeGreaterThan(values[i]!);
  }
}

test('a perfect world scores perfect', () => {
  expect(of('psnr', 'perfect')).toBeCloseTo(58.92, 2);
  expect(of('ssim', 'perfect')).toBeCloseTo(1, 6);
  for (const id of ['sharpness', 'contrast', 'motion']) expect(of(id, 'perfect')).toBeCloseTo(100, 4);
  for (const id of ['colour', 'freeze', 'flicker', 'delay']) expect(of(id, 'perfect')).toBeCloseTo(0, 4);
  expect(of('collapse', 'perfect')).toBe(30);
  expect(of('frechet', 'perfect')).toBeCloseTo(of('frechet', 'real footage'), 3);
  expect(of('mirror-psnr', 'perfect')).toBeCloseTo(58.92, 2);
  // Both judges see what was commanded, and as well as they see it in the footage.
  for (const id of ['correlation', 'correlation-second-judge', 'yaw-correlation-second-judge']) {
    expect(of(id, 'perfect')).toBeGreaterThan(0.95);
    expect(of(id, 'perfect')).toBeGreaterThan(of(id, 'real footage') - 0.05);
  }
  for (const id of ['key-f1', 'key-f1-second-judge']) expect(of(id, 'perfect')).toBeGreaterThan(0.8);
  expect(of('rpe-rotation', 'perfect')).toBeLessThan(1.5);
});

test('a frozen one is caught by motion and freeze rate, and says nothing about memory', () => {
  expect(of('motion', 'frozen')).toBe(0);
  expect(of('freeze', 'frozen')).toBe(100);
  expect(of('psnr', 'frozen')).toBeCloseTo(of('psnr', 'copy last frame'), 10);
  expect(of('correlation', 'frozen')).toBe(0);
  for (const id of ['mirror', 'mirror-psnr', 'revisit', 'loop', 'delay']) {
    expect(value(id, 'frozen'), id).toBeUndefined();
  }
});

test('a blurred one is caught by sharpness, and still obeys', () => {
  expect(of('sharpness', 'blurred')).toBeLessThan(80);
  expectOrder('sharpness', 'perfect', 'perfect, autoencoder alone', 'blurred');
  expectOrder('ssim', 'perfect', 'blurred', 'frozen');
  expect(of('correlation', 'blurred')).toBeGreaterThan(0.95);
  expect(of('frechet', 'blurred')).toBeGreaterThan(100 * of('frechet', 'perfect'));
});

test('a colour that drifts is caught by colour drift, and worsens with the horizon', () => {
  // Two levels of red a frame: a third of that over three channels, 15.5 frames on average.
  expect(of('colour', 'tinted')).toBeCloseTo((2 / 3) * 15.5, 0);
  expectOrder('colour', 'tinted', 'blurred', 'perfect');
  const curve = METRICS.find(({ id }) => id === 'colour')!;
  const observations = observationsOf('colour', 'tinted')!;
  const at = [0, 9, 29].map((point) => curve.estimate(observations, evaluation.laboratory, point)!);
  expect(at.map(Math.round)).toEqual([1, 7, 20]);
  expect(of('sharpness', 'tinted')).toBeGreaterThan(95);
});

test('one that ignores actions is caught by both comparisons under common random numbers, exactly', () => {
  for (const deaf of ['ignores actions', 'frozen']) {
    expect(of('action-shuffle', deaf)).toBe(1);
    expect(of('delta-psnr', deaf)).toBe(0);
  }
  expectOrder('action-shuffle', 'perfect', 'blurred', 'ignores actions');
  expectOrder('delta-psnr', 'perfect', 'blurred', 'ignores actions');
  expectOrder('correlation', 'perfect', 'ignores actions');
  for (const id of ['key-f1', 'key-f1-second-judge']) expectOrder(id, 'perfect', 'ignores actions');
});

test('delay is measured in frames, and costs correlation and pose', () => {
  expect(of('delay', 'delayed')).toBeCloseTo(3, 0);
  expect(of('delay', 'blurred')).toBe(0);
  for (const id of ['correlation', 'correlation-second-judge', 'key-f1', 'key-f1-second-judge']) {
    expectOrder(id, 'perfect', 'delayed', 'mirrored');
  }
  expectOrder('rpe-rotation', 'mirrored', 'delayed', 'perfect');
});

test('left for right is caught by the sign of both judges', () => {
  expect(of('correlation', 'mirrored')).toBeLessThan(-0.95);
  expect(of('correlation-second-judge', 'mirrored')).toBeLessThan(-0.95);
  expect(of('key-f1', 'mirrored')).toBeLessThan(0.4);
});

test('forgetting what left the frame is caught by the mirror test and the loop, and by little else', () => {
  for (const id of ['mirror', 'mirror-psnr', 'loop']) expectOrder(id, 'perfect', 'blurred', 'forgetful');
  expect(of('mirror', 'forgetful')).toBeLessThan(3);
  expect(of('loop', 'forgetful')).toBeLessThan(of('loop', 'perfect') / 2);
  expect(of('correlation', 'forgetful')).toBeGreaterThan(0.95);
  expect(of('sharpness', 'forgetful')).toBeGreaterThan(95);
});

test('the way back through the real context needs obedience', () => {
  expectOrder('revisit', 'perfect', 'perfect, autoencoder alone', 'delayed', 'mirrored');
  expect(of('revisit', 'ignores actions')).toBeLessThan(of('revisit', 'perfect') / 4);
});

test('flicker is measured in levels and raises the warping error', () => {
  expect(of('flicker', 'flickering')).toBeCloseTo(12, 1);
  expect(of('flicker', 'tinted')).toBeLessThan(0.1);
  expectOrder('warping', 'flickering', 'forgetful', 'perfect', 'frozen');
});

test('a lapse in the middle is caught by the worst segment and by the time to collapse', () => {
  expect(of('collapse', 'lapsing')).toBe(7);
  expectOrder('frechet', 'lapsing', 'blurred', 'perfect');
  expect(of('freeze', 'lapsing')).toBeCloseTo(30, 0);
});
