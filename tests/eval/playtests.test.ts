import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { evalCommand } from '../../src/eval/command.ts';
import { timesToComplaint } from '../../src/eval/playtests/complaints.ts';
import { reportPlaytests } from '../../src/eval/playtests/playtests.ts';
import { preferences } from '../../src/eval/playtests/preferences.ts';
import type { PlayedRun } from '../../src/eval/playtests/read.ts';
import { tabulatePlaytests } from '../../src/eval/playtests/tabulate.ts';
import { playtestText } from '../../src/eval/playtests/text.ts';
import type { Take } from '../../src/serve/take.ts';

type Given = Partial<PlayedRun> & { readonly frames?: number };
const RIDE = { name: 'ride', fingerprint: 'aaaaaaaaaa' };
const OTHER = { name: 'ride', fingerprint: 'bbbbbbbbbb' };
const down = (frame: number) => ({ frame, kind: 'down' as const, note: '' });

/** A run of 30 frames a second in which each frame has another action. */
function run({ frames = 300, ...given }: Given = {}): PlayedRun {
  return {
    file: 'playtests/ride/1/take.json',
    video: undefined,
    worlds: [RIDE],
    seed: 1,
    start: 0,
    fps: 30,
    actions: Array.from({ length: frames }, (_, frame) => [frame / 1000]),
    steps: Array.from({ length: frames }, () => 2),
    marks: [],
    ...given,
  };
}

describe('the time to the first complaint', () => {
  test('is that of the first thumb down, else at least as long as the run', () => {
    const marks = [{ frame: 10, kind: 'up' as const, note: '' }, down(90), down(60)];
    expect(timesToComplaint([run({ marks }), run({ seed: 2 })])).toEqual([
      { time: 2, ended: true },
      { time: 10, ended: false },
    ]);
  });

  test('counts a run once that was kept twice, before and after the complaint', () => {
    const early = run({ frames: 50 });
    const late = run({ marks: [down(60)] });
    expect(timesToComplaint([early, late, late])).toEqual([{ time: 2, ended: true }]);
    // The thumb went down right after the run had been kept.
    expect(timesToComplaint([run({ frames: 60 }), late])).toEqual([{ time: 2, ended: true }]);
  });

  test('of a run that was gone back in counts each way that was taken', () => {
    const branch = run({ frames: 200 });
    const other = { ...branch, actions: branch.actions.map((action, i) => (i < 100 ? action : [-1])) };
    expect(timesToComplaint([branch, other])).toHaveLength(2);
    const complained = { ...other, marks: [down(150)] };
    expect(timesToComplaint([branch, complained])).toEqual([
      { time: 200 / 30, ended: false },
      { time: 5, ended: true },
    ]);
    // Both went by the place of this complaint, though one was kept before it was made.
    const shared = { ...other, marks: [down(40)] };
    expect(timesToComplaint([branch, shared])).toEqual([{ time: 40 / 30, ended: true }]);
  });
});

describe('the win rate', () => {
  const compared = (seed: number, kind: 'left' | 'right' | 'neither', swapped = false): PlayedRun =>
    run({
      seed,
      worlds: swapped ? [OTHER, RIDE] : [RIDE, OTHER],
      marks: [{ frame: 200, kind, note: '' }],
    });
  const order = [RIDE.fingerprint, OTHER.fingerprint];

  test('is that of the world, whichever side it stood on', () => {
    const runs = [
      compared(1, 'left'),
      compared(2, 'right', true),
      compared(3, 'left', true),
      compared(4, 'neither'),
    ];
    const [found] = preferences(runs, order);
    expect(found).toMatchObject({ wins: 2, losses: 1, ties: 1, winRate: 0.625, p: 1 });
    const [turned] = preferences(runs, [...order].reverse());
    expect(turned).toMatchObject({ wins: 1, losses: 2, ties: 1, winRate: 0.375 });
    expect(turned!.interval.high).toBeCloseTo(1 - found!.interval.low, 12);
  });

  test('takes the last word of a run, once', () => {
    const hesitant = run({
      worlds: [RIDE, OTHER],
      marks: [
        { frame: 50, kind: 'right', note: '' },
        { frame: 200, kind: 'left', note: '' },
      ],
    });
    expect(preferences([hesitant, hesitant], order)).toMatchObject([{ wins: 1, losses: 0, ties: 0 }]);
  });

  test('is none where nothing was compared or said', () => {
    expect(preferences([run(), run({ worlds: [RIDE, OTHER] })], order)).toEqual([]);
  });
});

test('tells checkpoints of one name apart by their hash', () => {
  const { receptions } = tabulatePlaytests({
    runs: [run(), run({ worlds: [OTHER], marks: [down(30)] })],
    problems: [],
  });
  expect(receptions.map(({ name, runs, complained }) => [name, runs, complained])).toEqual([
    ['ride (aaaaaaa)', 1, 0],
    ['ride (bbbbbbb)', 1, 1],
  ]);
});

describe('a folder of playtests', () => {
  let root: string;
  const take = (name: string): string => path.join(root, 'playtests/ride', name, 'take.json');
  beforeAll(async () => {
    root = await mkdtemp(path.join(os.tmpdir(), 'reverie-playtests-'));
    for (const [i, note] of ['the wall\u001b[2J melts', 'a <b>wild</b> bend'].entries()) {
      const { file: _file, video: _video, ...played } = run({ seed: i });
      const text: Take = {
        ...played,
        format: 'reverie-take',
        version: 3,
        runtime: 'server',
        marks: [{ frame: 60, kind: i === 0 ? 'down' : 'up', note }],
        last: 'hash',
      };
      await mkdir(path.dirname(take(`${i}`)), { recursive: true });
      await writeFile(take(`${i}`), JSON.stringify(text));
    }
    await writeFile(path.join(path.dirname(take('0')), 'video.mp4'), '');
    await cp(path.dirname(take('0')), path.dirname(take('9.partial')), { recursive: true });
    // As a published page hands it out, and one that was damaged on the way.
    await cp(take('1'), path.join(root, 'playtests/ride-1.take.json'));
    await writeFile(path.join(root, 'playtests/broken.take.json'), '{');
  });
  afterAll(() => rm(root, { recursive: true }));

  test('becomes a table, a page and files, without what is still being written', async () => {
    const out = path.join(root, 'out');
    const { table, report } = await reportPlaytests(path.join(root, 'playtests'), out);
    expect(playtestText(table)).toMatch(/^ride +2 +12s +1 +2\.0\u00a0s \(2\.0…∞\) +1 +1 +0$/m);
    const page = await readFile(report, 'utf8');
    expect(playtestText(table)).toMatch(/^ride {2}2\.0 s {2}down {2}the wall \[2J melts$/m);
    expect(playtestText(table)).toMatch(/^left out\n.*broken\.take\.json is no take \(not JSON\)/m);
    expect(page).toContain('a &lt;b&gt;wild&lt;/b&gt; bend');
    expect(page).toMatch(/ride\/0\/video\.mp4#t=2\.0"/);
    expect(page).not.toMatch(/NaN|undefined|Infinity/);
    const remarks = await readFile(path.join(out, 'remarks.csv'), 'utf8');
    expect(remarks).toMatch(/^ride,.*,60,2,down,the wall.*melts$/m);
    expect(await readFile(path.join(out, 'preferences.csv'), 'utf8')).toBe(
      'first,second,win_rate,low,high,wins,losses,ties,p\n',
    );
  });

  test('that is missing, empty or damaged gets one line', async () => {
    const evaluate = (...flags: string[]) => evalCommand().exitOverride().parseAsync(flags, { from: 'user' });
    await expect(evaluate('--playtests', path.join(root, 'nowhere'))).rejects.toThrow('there is no folder');
    await mkdir(path.join(root, 'empty'));
    await expect(evaluate('--playtests', path.join(root, 'empty'))).rejects.toThrow('holds no take');
    await expect(evaluate('worlds/ride', '--playtests', root)).rejects.toThrow('leave the worlds out');
    await mkdir(path.join(root, 'damaged'));
    await writeFile(path.join(root, 'damaged/take.json'), '{');
    await expect(evaluate('--playtests', path.join(root, 'damaged'))).rejects.toThrow(
      'is no take (not JSON)',
    );
  });
});
