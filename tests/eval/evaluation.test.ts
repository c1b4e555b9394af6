import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { evaluateWorlds } from '../../src/eval/evaluation.ts';
import { METRICS } from '../../src/eval/metrics/registry.ts';
import { actionConverter, commandedMotion, labelledCommands } from '../../src/eval/rollouts/actions.ts';
import { foreignActions } from '../../src/eval/rollouts/lender.ts';
import { probesOf } from '../../src/eval/rollouts/probes.ts';
import { chooseStarts } from '../../src/eval/starts.ts';
import { fakeDataset, perfectWorld, scratchStore } from './fakes.ts';

const SETTINGS = { rollouts: 2, horizon: 6, seeds: 1, seed: 3 };
const store = scratchStore();

test('a metric explains itself, and no two share a name', () => {
  for (const name of ['id', 'title'] as const) {
    expect(new Set(METRICS.map((metric) => metric[name])).size).toBe(METRICS.length);
  }
  for (const { answers, fooledBy } of METRICS) {
    expect(answers).toMatch(/[.?]$/);
    expect(fooledBy).toMatch(/\.$/);
  }
});

describe('starts', () => {
  test('are on held-out footage only, evenly spaced, with context before and truth after', async () => {
    const starts = await chooseStarts(fakeDataset(), 8, 30, 6);
    expect(starts.map(({ episode, present }) => [episode.index, present])).toEqual([
      [2, 20],
      [2, 48],
      [2, 76],
      [3, 20],
      [3, 48],
      [3, 76],
    ]);
    for (const start of starts) {
      expect(start.context).toHaveLength(8);
      expect(start.truth).toHaveLength(30);
      expect(start.contextActions).toHaveLength(7 * 2);
      expect(start.actions).toHaveLength(30 * 2);
    }
  });

  test('do not overlap by more than half, so that there may be fewer than asked', async () => {
    const starts = await chooseStarts(fakeDataset(), 8, 40, 50);
    const presents = starts.filter(({ episode }) => episode.index === 2).map(({ present }) => present);
    for (let i = 1; i < presents.length; i++) {
      expect(presents[i]! - presents[i - 1]!).toBeGreaterThanOrEqual(18);
    }
    expect(starts.length).toBeLessThan(12);
    expect(await chooseStarts(fakeDataset(), 8, 111, 50)).toHaveLength(2);
  });

  test('that do not exist are the user’s to know, with the horizon that fits', async () => {
    await expect(chooseStarts(fakeDataset(), 8, 113, 4)).rejects.toThrow('--horizon 112');
  });
});

describe('what does not fit', () => {
  const userError = (message: string): unknown =>
    expect.objectContaining({ name: UserError.name, message: expect.stringContaining(message) });

  test('frames of another size', async () => {
    const dataset = fakeDataset({ width: 96, height: 54 });
    await expect(evaluateWorlds([perfectWorld()], dataset, SETTINGS, { store })).rejects.toEqual(
      userError('paints 64×36, dataset "panning" holds 96×54: ingest'),
    );
  });

  test('motions that the dataset does not know', () => {
    const { info } = fakeDataset();
    const { manifest } = perfectWorld();
    const actions = { ...manifest.actions, names: ['yaw' as const, 'pitch' as const], scale: [1, 1] };
    expect(() => actionConverter(info, { ...manifest, actions })).toThrow(/driven by pitch.*forward, yaw/);
  });

  test.each([
    [{ ...SETTINGS, rollouts: 1 }, '--rollouts is 1'],
    [{ ...SETTINGS, horizon: 0 }, '--horizon is 0'],
    [{ ...SETTINGS, seeds: 0 }, '--seeds is 0'],
    [{ ...SETTINGS, seed: Number.NaN }, '--seed is NaN'],
  ])('settings %o', async (settings, message) => {
    await expect(evaluateWorlds([perfectWorld()], fakeDataset(), settings, { store })).rejects.toEqual(
      userError(message),
    );
  });
});

describe('actions', () => {
  test('are picked by name and rescaled to the world’s units', () => {
    const { info } = fakeDataset();
    const { manifest } = perfectWorld();
    const actions = { ...manifest.actions, names: ['yaw' as const, 'forward' as const], scale: [0.01, 4] };
    const convert = actionConverter(info, { ...manifest, actions });
    expect(convert(Float32Array.of(1, 0.5, 2, -0.25))).toEqual([
      Float32Array.of(2.5, 0.25),
      Float32Array.of(-1.25, 0.5),
    ]);
  });

  test('are commands where keys drive them, and jolts are none', () => {
    const { manifest } = perfectWorld();
    const actions = { ...manifest.actions, names: ['yaw' as const, 'roll' as const], scale: [0.01, 0.02] };
    const commanded = commandedMotion([Float32Array.of(3, 5)], { ...manifest, actions });
    expect([...commanded]).toEqual([0, 0, 0, expect.closeTo(0.03, 9), 0, 0]);
  });

  test('mean the same motion in the world’s units as in the dataset’s', () => {
    const { info } = fakeDataset();
    const { manifest } = perfectWorld();
    const labels = Float32Array.of(1, 0.5, 2, -0.25);
    const commanded = commandedMotion(actionConverter(info, manifest)(labels), manifest);
    const labelled = labelledCommands(labels, info, ['yaw']);
    expect([...commanded]).toEqual([
      0,
      0,
      0,
      expect.closeTo(0.025, 9),
      0,
      0,
      0,
      0,
      0,
      expect.closeTo(-0.0125, 9),
      0,
      0,
    ]);
    expect([...labelled].map((value) => value.toFixed(7))).toEqual(
      [...commanded].map((value) => value.toFixed(7)),
    );
  });

  test('are lent to everybody else, left to right', () => {
    const yaws = [-3, 2, -1, 1, -2, 3].map((yaw) => [Float32Array.of(1, yaw), Float32Array.of(1, yaw)]);
    const lender = foreignActions(yaws);
    expect(new Set(lender).size).toBe(6);
    for (const [start, other] of lender.entries()) {
      expect(other).not.toBe(start);
      expect(yaws[start]![0]![1]! * yaws[other]![0]![1]!).toBeLessThan(0);
    }
  });

  test('of the probes: a turn comes back to where it began, a loop goes once around, and back is back', () => {
    const { manifest } = perfectWorld();
    const actions = [0, 1].map((start) => Array.from({ length: 6 }, () => Float32Array.of(start + 1)));
    const contextActions = actions.map(() => [1, 2, 3, 4, 5, 6, 7].map((value) => Float32Array.of(value)));
    const probes = probesOf(0, 1, { actions, contextActions, lender: [1, 0], manifest });
    const turn = (sequence: readonly Float32Array[]): number =>
      sequence.reduce((sum, action) => sum + action[0]! * manifest.actions.scale[0]!, 0);
    expect(turn(probes.mirror!)).toBeCloseTo(0, 6);
    expect(turn(probes.mirror!.slice(0, probes.mirror!.length / 2))).toBeGreaterThan(1);
    expect(Math.abs(turn(probes.loop!) - 2 * Math.PI)).toBeLessThan(0.03);
    expect(probes.revisit.map(([value]) => value)).toEqual([-7, -6, -5, -4, -3, -2, -1]);
    expect(probes.foreign).toBe(actions[1]);
    expect(probes.random.every((action) => actions.flat().some((known) => known === action))).toBe(true);
    expect(probesOf(0, 1, { actions, contextActions, lender: [1, 0], manifest })).toEqual(probes);
  });
});
