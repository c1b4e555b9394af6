import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EPISODES_FILE } from '../../src/data/lerobot/schema.ts';
import { UserError } from '../../src/errors.ts';
import { evaluate } from '../../src/eval/evaluate.ts';
import { openWorld } from '../../src/world/world.ts';
import { makeTinyWorld } from '../world/tinyWorld.ts';
import { writeMeanNetwork } from './meanNetwork.ts';

const SETTINGS = { rollouts: 2, horizon: 6, seeds: 1, seed: 4 };
let root: string;
let data: string;

beforeAll(async () => {
  root = await makeTinyWorld();
  data = path.join(root, 'held-out');
  await cp(path.join(root, 'data'), data, { recursive: true });
  const episodes = path.join(data, EPISODES_FILE);
  await writeFile(episodes, (await readFile(episodes, 'utf8')).replace('"train"', '"val"'));
});
afterAll(() => rm(root, { recursive: true }));

test('a world and the run it came from are the same, to the bit, in one call and in another', async () => {
  const call = async (out: string): Promise<string> => {
    const worlds = [path.join(root, 'world'), path.join(root, 'run')];
    const { summary } = await evaluate({ ...SETTINGS, worlds, data, out: path.join(root, out) });
    expect(summary.sources.slice(0, 2).map(({ name }) => name)).toEqual(['tiny', 'run']);
    for (const { title, cells } of summary.lines) {
      expect(cells[0]!.value, title).toBe(cells[1]!.value);
      expect(cells[0]!.interval, title).toEqual(cells[1]!.interval);
    }
    const differences = await readFile(path.join(root, out, 'differences.csv'), 'utf8');
    expect(differences).toMatch(/^psnr,dB,higher,tiny,run,0,0,0,1,2$/m);
    return readFile(path.join(root, out, 'metrics.csv'), 'utf8');
  };
  expect(await call('second')).toBe(await call('first'));
});

test('the horizon of a suite gives way to footage that is shorter', async () => {
  const out = path.join(root, 'short');
  // 40 frames, of which 3 are context: the quick suite's 30 fit, the full suite's 120 do not.
  await evaluate({ rollouts: 2, seeds: 1, suite: 'full', worlds: [path.join(root, 'world')], data, out });
  expect(await readFile(path.join(out, 'metrics.csv'), 'utf8')).toMatch(
    /^tiny,world,drift,psnr,dB,higher,36,/m,
  );
});

test('a folder that is neither world nor run is said so', async () => {
  const opened = evaluate({ ...SETTINGS, worlds: [data], data, out: path.join(root, 'none') });
  await expect(opened).rejects.toBeInstanceOf(UserError);
  await expect(opened).rejects.toThrow('neither a world (no world.json) nor a run (no run.yaml)');
});

test.each([
  ['frames', ['perceptual', 'deep-frechet']],
  ['clip', ['deep-frechet']],
])(
  'a feature network that takes %s adds its metrics, in which real footage is perfect',
  async (input, ids) => {
    const { manifest } = await openWorld(path.join(root, 'world'));
    const { width, height } = manifest.frame;
    const shape = input === 'frames' ? [1, 3, height, width] : [1, 3, 16, height, width];
    const features = await writeMeanNetwork(path.join(root, `${input}.onnx`), input, shape);
    const out = path.join(root, `with-${input}`);
    const worlds = [path.join(root, 'world')];
    await evaluate({ rollouts: 2, horizon: 16, seeds: 1, seed: 4, worlds, data, out, features });
    const table = await readFile(path.join(out, 'metrics.csv'), 'utf8');
    for (const id of ids) {
      const rows = table.split('\n').filter((line) => line.includes(`,${id},`));
      const scoreOf = (source: string): number =>
        Number(rows.find((row) => row.startsWith(source))?.split(',')[7]);
      expect(scoreOf('tiny'), id).toBeGreaterThan(0);
      expect(scoreOf('real footage'), id).toBeCloseTo(0, 6);
    }
  },
);
