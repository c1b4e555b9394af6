import { createHash } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { actionConverter } from '../../src/eval/actions.ts';
import { type Evaluation, evaluateWorlds } from '../../src/eval/evaluation.ts';
import { reportPage } from '../../src/eval/report/page.ts';
import { chooseStarts } from '../../src/eval/starts.ts';
import { type SummaryRow, summarize, summaryTable, tableText } from '../../src/eval/summary.ts';
import { blurredWorld, deafWorld, fakeDataset, fakeWorld, frozenWorld, perfectWorld } from './fakes.ts';

const SETTINGS = { rollouts: 6, horizon: 20, seed: 3 };

describe('worlds with a known fault', () => {
  let evaluation: Evaluation;
  let rows: Map<string, SummaryRow>;
  const row = (name: string): SummaryRow => rows.get(name)!;

  beforeAll(async () => {
    const worlds = [perfectWorld(), blurredWorld(), frozenWorld(), deafWorld()];
    evaluation = await evaluateWorlds(worlds, fakeDataset(), SETTINGS);
    rows = new Map(summarize(evaluation).map((summary) => [summary.source, summary]));
  });

  test('a perfect world is perfect: contexts, actions and their units line up', () => {
    expect(row('perfect').psnr).toEqual([58.9, 58.9, 58.9].map((value) => expect.closeTo(value, 1)));
    expect(row('perfect').ssim).toBeCloseTo(1, 6);
    expect(row('perfect').motion).toBeCloseTo(1, 6);
    expect(row('perfect').turnAgreement).toBeGreaterThan(0.98);
    expect(evaluation.turnAgreementOfTruth).toBeGreaterThan(0.98);
  });

  test('blur is caught by sharpness, and by nothing that measures control', () => {
    expect(row('blurred').sharpness).toBeLessThan(0.75);
    expect(row('frozen').sharpness).toBeGreaterThan(0.95);
    expect(row('blurred').turnAgreement).toBeGreaterThan(0.95);
  });

  test('freezing is caught by motion, though it equals copy-last-frame in PSNR', () => {
    expect(row('frozen').motion).toBe(0);
    expect(row('frozen').psnr).toEqual(row('copy last frame').psnr);
    expect(row('ignores actions').motion).toBeGreaterThan(0.3);
  });

  test('deafness is caught by the action-shuffle ratio, which is exactly 1', () => {
    expect(row('ignores actions').shuffle).toEqual({ ratio: 1, low: 1, high: 1 });
    expect(row('frozen').shuffle?.ratio).toBe(1);
    expect(row('blurred').shuffle?.low).toBeGreaterThan(2);
    expect(row('perfect').shuffle!.ratio).toBeGreaterThan(row('blurred').shuffle!.ratio);
    expect(Math.abs(row('ignores actions').turnAgreement!)).toBeLessThan(0.4);
  });

  test('the autoencoder stands beside each world as its ceiling', () => {
    expect(row('blurred, autoencoder alone').psnr.at(-1)).toBeGreaterThan(row('blurred').psnr.at(-1)!);
    expect(row('blurred, autoencoder alone').shuffle).toBeUndefined();
  });

  test('the table for the terminal has one aligned line for each source', () => {
    const lines = tableText(summaryTable([...rows.values()], SETTINGS.horizon)).split('\n');
    expect(lines).toHaveLength(1 + 4 + 4 + 1);
    expect(new Set(lines.map((line) => line.length)).size).toBe(1);
    expect(lines[0]).toContain('PSNR@10');
  });
});

describe('the report', () => {
  test('has the same bytes for the same seed', async () => {
    const hash = async (): Promise<string> => {
      const page = await reportPage(await evaluateWorlds([blurredWorld()], fakeDataset(), SETTINGS));
      return createHash('sha256').update(page).digest('hex');
    };
    expect(await hash()).toBe(await hash());
  });

  test('shows every source, needs no network, and shows names as text', async () => {
    const world = fakeWorld({ name: 'a <b> & "c"' });
    const page = withoutPictures(await reportPage(await evaluateWorlds([world], fakeDataset(), SETTINGS)));
    expect(page).toContain('a &lt;b&gt; &amp; &quot;c&quot;');
    expect(page).not.toContain('<b> &');
    expect(page.match(/<figure><svg/g)).toHaveLength(5);
    expect(page.replaceAll('http://www.w3.org/', '')).not.toMatch(/https?:/);
  });

  test('holds up with a single imagined frame', async () => {
    const evaluation = await evaluateWorlds([perfectWorld()], fakeDataset(), { ...SETTINGS, horizon: 1 });
    expect(withoutPictures(await reportPage(evaluation))).not.toMatch(/NaN|undefined|Infinity/);
  });
});

function withoutPictures(page: string): string {
  return page.replaceAll(/base64,[^"]*/g, '');
}

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

  test('are as many as there is room for', async () => {
    expect(await chooseStarts(fakeDataset(), 8, 111, 50)).toHaveLength(4);
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
    await expect(evaluateWorlds([perfectWorld()], dataset, SETTINGS)).rejects.toEqual(
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
    [{ ...SETTINGS, seed: Number.NaN }, '--seed is NaN'],
  ])('settings %o', async (settings, message) => {
    await expect(evaluateWorlds([perfectWorld()], fakeDataset(), settings)).rejects.toEqual(
      userError(message),
    );
  });
});

test('actions are picked by name and rescaled to the world’s units', () => {
  const { info } = fakeDataset();
  const { manifest } = perfectWorld();
  const actions = { ...manifest.actions, names: ['yaw' as const, 'forward' as const], scale: [0.01, 4] };
  const convert = actionConverter(info, { ...manifest, actions });
  expect(convert(Float32Array.of(1, 0.5, 2, -0.25))).toEqual([
    Float32Array.of(1, 0.25),
    Float32Array.of(-0.5, 0.5),
  ]);
});
