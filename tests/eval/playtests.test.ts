import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { medianTime } from '../../src/eval/playtests/complaints.ts';
import { readPlaytests } from '../../src/eval/playtests/read.ts';
import { playtestsText } from '../../src/eval/playtests/text.ts';
import { wilsonInterval, winRates } from '../../src/eval/playtests/winRate.ts';
import type { Take } from '../../src/serve/take.ts';

const FPS = 30;

function takeOf(
  names: string[],
  seconds: number,
  marks: [number, Take['marks'][number]['kind'], string?][],
): Take {
  const frames = seconds * FPS;
  return {
    format: 'reverie-take',
    version: 2,
    worlds: names.map((name) => ({ name, dynamics: `sum of ${name}` })),
    runtime: 'server',
    seed: 1,
    start: 0,
    fps: FPS,
    actions: Array.from({ length: frames }, () => [0]),
    steps: Array.from({ length: frames }, () => 1),
    marks: marks.map(([second, kind, note = '']) => ({ frame: second * FPS, kind, note })),
    last: '',
  };
}

describe('winRates', () => {
  it('counts for the world that was better, whichever side it stood on', () => {
    const [rate] = winRates([
      takeOf(['a', 'b'], 5, [[4, 'left']]),
      takeOf(['b', 'a'], 5, [[4, 'right']]),
      takeOf(['b', 'a'], 5, [[4, 'left']]),
      takeOf(['a', 'b'], 5, [[4, 'neither']]),
      // Kept again in the same round: the last word counts.
      takeOf(['a', 'b'], 9, [
        [4, 'right'],
        [8, 'left'],
      ]),
      takeOf(['a', 'b'], 5, [[2, 'down']]),
      takeOf(['a'], 5, [[2, 'down']]),
    ]);
    expect(rate).toMatchObject({ first: 'a', second: 'b', wins: [3, 1], ties: 1, rate: 0.75 });
  });

  it('tells checkpoints of one name apart', () => {
    const take = takeOf(['a', 'a'], 5, [[4, 'left']]);
    const worlds = [
      { name: 'a', dynamics: '111111111' },
      { name: 'a', dynamics: '000000000' },
    ];
    expect(winRates([{ ...take, worlds }])).toMatchObject([
      { first: 'a (0000000)', second: 'a (1111111)', wins: [0, 1] },
    ]);
  });
});

describe('wilsonInterval', () => {
  // R: prop.test(x, n, correct = FALSE)$conf.int
  it.each([
    [15, 20, 0.5313, 0.8881],
    [0, 10, 0, 0.2775],
    [10, 10, 0.7225, 1],
  ])('of %i in %i is that of R', (wins, rounds, low, high) => {
    const interval = wilsonInterval(wins, rounds)!;
    expect(interval.low).toBeCloseTo(low, 4);
    expect(interval.high).toBeCloseTo(high, 4);
  });
});

describe('medianTime', () => {
  it('is the plain median when everybody complained', () => {
    expect(medianTime([9, 1, 5].map((seconds) => ({ seconds, happened: true })))).toBe(5);
  });

  it('counts who never complained for as long as they played', () => {
    // Survival: 5/6 after 1, then 4 at risk at 3: 5/8, then 2 at risk at 7: 5/16.
    const waits = [
      { seconds: 1, happened: true },
      { seconds: 2, happened: false },
      { seconds: 3, happened: true },
      { seconds: 5, happened: false },
      { seconds: 7, happened: true },
      { seconds: 9, happened: false },
    ];
    expect(medianTime(waits)).toBe(7);
    expect(medianTime(waits.slice(3).map(({ seconds }) => ({ seconds, happened: false })))).toBeUndefined();
  });
});

describe('readPlaytests', () => {
  it('finds takes of the server and of published pages, and says what it left out', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reverie-playtests-'));
    await mkdir(join(folder, 'a', 'one'), { recursive: true });
    const single = takeOf(['a'], 60, [[6, 'down', 'the wall\u001b[2J melts']]);
    await writeFile(join(folder, 'a', 'one', 'take.json'), JSON.stringify(single));
    const pair = takeOf(['a', 'b'], 5, [[4, 'right']]);
    await writeFile(join(folder, 'a-or-b-1.take.json'), JSON.stringify(pair));
    await writeFile(join(folder, 'broken.take.json'), '{');
    const text = playtestsText(await readPlaytests(folder));
    expect(text).toMatch(/a +b +1 +0 +1 +0 +0 % +0 % … 79 %/);
    expect(text).toMatch(/a +1 +1\.0 +0 +1 +0 +6\.0 s/);
    expect(text).toContain('6.0 s  down: the wall [2J melts');
    expect(text).toContain('broken.take.json is no take (not JSON)');
    await rm(folder, { recursive: true });
  });

  it('says in one line that there is nothing', async () => {
    await expect(readPlaytests('/nowhere')).rejects.toThrow(UserError);
    const empty = await mkdtemp(join(tmpdir(), 'reverie-playtests-'));
    await expect(readPlaytests(empty)).rejects.toThrow(/no take/);
    await rm(empty, { recursive: true });
  });
});
