import { describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { evaluateWorlds } from '../../src/eval/evaluation.ts';
import { METRICS } from '../../src/eval/metrics/registry.ts';
import { comparisons, results } from '../../src/eval/results.ts';
import { summarize, summaryText } from '../../src/eval/summary.ts';
import { blurredWorld, fakeDataset, fakeWorld, perfectWorld, scratchStore } from './fakes.ts';

const SETTINGS = { rollouts: 2, horizon: 6, seeds: 1, seed: 3 };
const store = scratchStore();
const other = scratchStore();

describe('an evaluation', () => {
  test('compares worlds with each other and with the baselines, rollout by rollout', async () => {
    const worlds = [perfectWorld(), blurredWorld()];
    const evaluation = await evaluateWorlds(worlds, fakeDataset(), SETTINGS, { store });
    expect(evaluation.sources.map(({ name, kind }) => [name, kind])).toEqual([
      ['perfect', 'world'],
      ['blurred', 'world'],
      ['perfect, autoencoder alone', 'autoencoder'],
      ['blurred, autoencoder alone', 'autoencoder'],
      ['flow extrapolation', 'flow'],
      ['copy last frame', 'copy'],
      ['real footage', 'real'],
    ]);
    const couples = new Set(comparisons(evaluation).map(({ first, second }) => `${first} − ${second}`));
    expect([...couples]).toEqual([
      'perfect − blurred',
      'perfect − flow extrapolation',
      'perfect − copy last frame',
      'blurred − flow extrapolation',
      'blurred − copy last frame',
    ]);
    const rows = results(evaluation);
    const psnr = rows.filter(({ metric, source }) => metric.id === 'psnr' && source === 'blurred');
    expect(psnr.map(({ horizon }) => horizon)).toEqual([undefined, 1, 2, 3, 4, 5, 6]);
    const mean = psnr.slice(1).reduce((sum, { value }) => sum + value! / 6, 0);
    expect(psnr[0]!.value).toBeCloseTo(mean, 10);
    expect(psnr[0]!.interval!.low).toBeLessThanOrEqual(psnr[0]!.value!);
    expect(psnr[0]!.interval!.high).toBeGreaterThanOrEqual(psnr[0]!.value!);
    const lines = summaryText(summarize(evaluation, rows)).split('\n');
    // PSNR has a line for frames 1, 5 and 6 too.
    expect(lines).toHaveLength(1 + METRICS.length + 3);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
  });

  test('imagines every start with every seed, and takes the noise of a seed for all probes', async () => {
    const seen: string[] = [];
    const world = fakeWorld({ name: 'noisy', noise: 3 });
    const spied = {
      ...world,
      sessionFromFrames: async (...given: Parameters<typeof world.sessionFromFrames>) => {
        seen.push(`${given[2]}`);
        return world.sessionFromFrames(...given);
      },
    };
    const evaluation = await evaluateWorlds([spied], fakeDataset(), { ...SETTINGS, seeds: 2 }, { store });
    const { observations } = evaluation.sources[0]!;
    expect(observations.get('psnr')!.map(({ start, seed }) => [start, seed])).toEqual([
      [0, 0],
      [0, 1],
      [1, 0],
      [1, 1],
    ]);
    const [first, second] = observations.get('psnr')!;
    expect(first!.value).not.toEqual(second!.value);
    expect(new Set(seen).size).toBe(4);
  });

  test('goes on from the rollouts that are finished, to the same numbers', async () => {
    const controller = new AbortController();
    const interrupted = evaluateWorlds([perfectWorld()], fakeDataset(), SETTINGS, {
      store: other,
      record: async () => controller.abort(),
      signal: controller.signal,
    });
    await expect(interrupted).rejects.toBeInstanceOf(UserError);
    let steps = 0;
    const world = perfectWorld();
    const counted = {
      ...world,
      sessionFromFrames: async (...given: Parameters<typeof world.sessionFromFrames>) => {
        steps++;
        return world.sessionFromFrames(...given);
      },
    };
    const resumed = await evaluateWorlds([counted], fakeDataset(), SETTINGS, { store: other });
    const fresh = await evaluateWorlds([perfectWorld()], fakeDataset(), SETTINGS, { store });
    const values = (evaluation: typeof fresh) =>
      results(evaluation).map(({ value, interval }) => [value, interval]);
    expect(values(resumed)).toEqual(values(fresh));
    // The probes of the first start were there, but for the loop and the mirror nothing else is.
    expect(steps).toBeLessThan(7);
  });
});
