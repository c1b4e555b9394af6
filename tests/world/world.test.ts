import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { seededRandom } from '../../src/random.ts';
import { playedFiles, REPROJECTION } from '../../src/world/manifest.ts';
import type { Frame, Session, World } from '../../src/world/types.ts';
import { openWorld } from '../../src/world/world.ts';
import { python } from '../python.ts';
import { BLENDED } from '../train/recipe.ts';
import { playPlainly } from './contract.ts';
import { makeTinyWorld, SIZE } from './tinyWorld.ts';

let root: string;
let folder: string;
let world: World;

beforeAll(async () => {
  root = await makeTinyWorld();
  folder = join(root, 'world');
  world = await openWorld(folder);
});

afterAll(async () => {
  await world.close();
  await rm(root, { recursive: true });
});

const WORLD_FILES = ['encoder.onnx', ...playedFiles({ files: {} })];

const ACTIONS = [
  [1, 0],
  [1, 0.5],
  [0.2, -1],
  [0, 0],
  [1, 1],
  [-0.5, 0.3],
  [-0.4, -0.9],
  [-1, -0.4],
];

async function play(session: Session, actions: readonly (readonly number[])[] = ACTIONS): Promise<Frame[]> {
  const frames: Frame[] = [];
  for (const action of actions) frames.push(await session.step(action));
  return frames;
}

/** Mean difference of colours, in levels. */
function difference(one: Frame, other: Frame): number {
  const differences = one.rgb.map((value, place) => Math.abs(value - other.rgb[place]!));
  return differences.reduce((sum, value) => sum + value, 0) / one.rgb.length;
}

/** The world with another manifest. */
async function copyWith(text: string, other: string): Promise<World> {
  const copy = await mkdtemp(join(root, 'copy-'));
  await cp(folder, copy, { recursive: true });
  const path = join(copy, 'world.json');
  const manifest = await readFile(path, 'utf8');
  expect(manifest).toContain(text);
  await writeFile(path, manifest.replace(text, other));
  return openWorld(copy);
}

/** Plays by the runtime and by one that knows the manifest alone. */
async function comparePlainly(subject: World): Promise<void> {
  const frames = await play(subject.newSession(11, 3));
  const random = seededRandom(11);
  const plain = await playPlainly(subject.folder, 3, ACTIONS, () => random.normal());
  expect(frames[5]).not.toEqual(frames[0]);
  for (const [index, frame] of frames.entries()) {
    // Another order in the cache is another order of sums: a colour on the edge may round the other way.
    const differences = frame.rgb.map((value, place) => Math.abs(value - plain[index]![place]!));
    expect(Math.max(...differences)).toBeLessThanOrEqual(1);
    expect(differences.reduce((sum, value) => sum + value, 0)).toBeLessThan(frame.rgb.length / 10);
  }
}

describe('a session', () => {
  it('gives frames of the world that change with the action', async () => {
    const session = world.newSession(1);
    const before = await session.current();
    expect(before).toMatchObject(SIZE);
    expect(before.rgb.length).toBe(SIZE.width * SIZE.height * 3);
    expect(await session.current()).toEqual(before);
    const [after] = await play(session, [[1, 0]]);
    expect(after).not.toEqual(before);
    expect(await session.current()).toEqual(after);
    expect(session.frameIndex).toBe(1);
    const [other] = await play(world.newSession(1), [[-1, 1]]);
    expect(other).not.toEqual(after);
  });

  it('is the same for the same seed and actions, and another for another seed', async () => {
    const frames = await play(world.newSession(4, 2));
    expect(await play(world.newSession(4, 2))).toEqual(frames);
    expect(await play(world.newSession(5, 2))).not.toEqual(frames);
  });

  it('does not know of others that play at the same time', async () => {
    const [alone, other] = [await play(world.newSession(1)), await play(world.newSession(2))];
    const [a, b] = [world.newSession(1), world.newSession(2)];
    const mixed: [Frame, Frame][] = [];
    for (const action of ACTIONS) mixed.push(await Promise.all([a.step(action), b.step(action)]));
    expect(mixed.map(([frame]) => frame)).toEqual(alone);
    expect(mixed.map(([, frame]) => frame)).toEqual(other);
  });

  it('runs one step after the other, however they are asked for', async () => {
    const session = world.newSession(3);
    expect(await Promise.all(ACTIONS.map((action) => session.step(action)))).toEqual(
      await play(world.newSession(3)),
    );
  });

  it('starts anew on reset', async () => {
    const session = world.newSession(6, 1);
    const frames = await play(session);
    session.reset(6, 1);
    await session.current();
    expect(session.frameIndex).toBe(0);
    expect(await play(session)).toEqual(frames);
    session.reset(7, 0);
    expect(await play(session)).toEqual(await play(world.newSession(7, 0)));
  });

  it('goes on from a saved moment exactly as it did, in itself and in another session', async () => {
    const session = world.newSession(8, 2);
    await play(session);
    const moment = await session.save();
    const after = await play(session);
    session.load(moment);
    expect(await play(session)).toEqual(after);
    const other = world.newSession(1);
    await play(other, ACTIONS.slice(0, 2));
    other.load(moment);
    await other.settled();
    expect(other.frameIndex).toBe(ACTIONS.length);
    expect(await play(other)).toEqual(after);
  });

  it('shows again what it showed there, as far as its keyframes reach', async () => {
    const there = Array.from({ length: 6 }, () => [1, 0.01]);
    const away = [...there, ...there.map((action) => action.map((value) => -value))];
    const returned = async (subject: World): Promise<number> => {
      const session = subject.newSession(2, 1);
      const frames = [await session.current(), ...(await play(session, away))];
      const pairs = there.map((_, step) => [frames[step]!, frames[away.length - step]!] as const);
      return Math.max(...pairs.map(([before, after]) => difference(before, after)));
    };
    const forgetful = await copyWith('"keyframes": 64', '"keyframes": 0');
    const brief = await copyWith('"keyframes": 64', '"keyframes": 3');
    const [all, few, none] = [await returned(world), await returned(brief), await returned(forgetful)];
    expect(all).toBeLessThan(0.5 * few);
    expect(all).toBeLessThan(0.5 * none);
    await forgetful.close();
    await brief.close();
  });

  it('takes fewer or more passes', async () => {
    const step = (passes?: number): Promise<Frame> => world.newSession(1).step([1, 0], passes);
    expect(await step(RECIPE_PASSES)).toEqual(await step());
    expect(await step(1)).not.toEqual(await step());
  });

  it('refuses an action of the wrong length and a start that is not there', async () => {
    const session = world.newSession(1);
    await expect(session.step([1])).rejects.toThrow(/the action has 1 values, not 2/);
    expect(session.frameIndex).toBe(0);
    expect(await play(session)).toHaveLength(ACTIONS.length);
    expect(() => world.newSession(1, 99)).toThrow(/start 99 of 6 does not exist/);
  });

  it('goes on from real frames, and says which size it wants', async () => {
    const frame = { ...SIZE, rgb: new Uint8Array(SIZE.width * SIZE.height * 3).fill(90) };
    const [shown] = await world.reconstruct([frame]);
    const session = await world.sessionFromFrames([frame, frame], [[0, 0]], 1);
    expect(await session.current()).toEqual(shown);
    await expect(world.reconstruct([{ ...frame, width: 8 }])).rejects.toThrow(
      "a frame is 8×16, the world's are 32×16: ingest the footage with --size 32x16",
    );
  });
});

const RECIPE_PASSES = 2;

describe('the files, without our runtime', () => {
  it('play the same video in plain onnxruntime, from what the manifest says of them', () =>
    comparePlainly(world));

  it('do so for another family of models, whose pictures are blended', async () => {
    const other = await makeTinyWorld(BLENDED);
    const opened = await openWorld(join(other, 'world'));
    await comparePlainly(opened);
    await opened.close();
    await rm(other, { recursive: true });
  });

  it('show what is decoded, and imagine as with one step, where blending is left out', async () => {
    const other = await makeTinyWorld(BLENDED);
    const [blended, plain] = [join(other, 'world'), join(other, 'plain')];
    await cp(blended, plain, { recursive: true });
    const manifest: { files: Record<string, string> } = JSON.parse(
      await readFile(join(plain, 'world.json'), 'utf8'),
    );
    delete manifest.files[REPROJECTION];
    await writeFile(join(plain, 'world.json'), JSON.stringify(manifest));
    const [first, second] = await Promise.all([blended, plain].map((path) => openWorld(path)));
    const [tired, bare, usual] = [first!.newSession(3, 0), second!.newSession(3, 0), first!.newSession(3, 0)];
    for (const action of ACTIONS) {
      const frame = await tired.step(action, 0);
      expect(frame).toEqual(await bare.step(action, 1));
      expect(frame).not.toEqual(await usual.step(action, 1));
    }
    await Promise.all([first!.close(), second!.close()]);
    await rm(other, { recursive: true });
  });

  it('give the same numbers in Python', async ({ skip }) => {
    const interpreter = python('onnxruntime');
    if (!interpreter) return skip('Python has no onnxruntime: the files were not run there');
    for (const name of WORLD_FILES.filter((file) => file.endsWith('.onnx'))) {
      const path = join(folder, name);
      const { stdout, stderr } = spawnSync(interpreter, ['-c', PYTHON_RUN, path], { encoding: 'utf8' });
      expect(stderr).toBe('');
      const theirs: Record<string, number[]> = JSON.parse(stdout);
      const session = await InferenceSession.create(path);
      const feeds: Record<string, Tensor> = {};
      for (const input of session.inputMetadata) {
        if (!input.isTensor) throw new Error(`${input.name} is no tensor`);
        const shape = input.shape.map(Number);
        const length = shape.reduce((product, side) => product * side, 1);
        feeds[input.name] = new Tensor(
          'float32',
          Float32Array.from({ length }, (_, index) => Math.sin(index)),
          shape,
        );
      }
      const ours = await session.run(feeds);
      await session.release();
      expect(Object.keys(ours)).toEqual(Object.keys(theirs));
      for (const [output, values] of Object.entries(theirs)) {
        const tolerance = output === 'frames' ? 1 : 1e-4;
        for (const [index, value] of Array.from(ours[output]!.data as Float32Array).entries()) {
          expect(Math.abs(value - values[index]!)).toBeLessThanOrEqual(tolerance);
        }
      }
    }
  });
});

const PYTHON_RUN = `
import json, sys
import numpy, onnxruntime
session = onnxruntime.InferenceSession(sys.argv[1], providers=['CPUExecutionProvider'])
feeds = {x.name: numpy.sin(numpy.arange(numpy.prod(x.shape))).astype('float32').reshape(x.shape)
  for x in session.get_inputs()}
outputs = session.run(None, feeds)
print(json.dumps({x.name: y.ravel().tolist() for x, y in zip(session.get_outputs(), outputs)}))`;

describe('a folder that is not a whole world', () => {
  it.each(WORLD_FILES)('without %s is refused in one line', async (name) => {
    const copy = await copied();
    await rm(join(copy, name));
    await refused(copy, new RegExp(`lacks ${name}: `));
  });

  it.each(WORLD_FILES)('with a flipped bit in %s is refused in one line', async (name) => {
    const copy = await copied();
    const bytes = await readFile(join(copy, name));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(copy, name), bytes);
    await refused(copy, new RegExp(`${name} is damaged \\(its checksum`));
  });

  it.each<[string, (text: string) => string, RegExp]>([
    ['no JSON', (text) => text.slice(0, -20), /world\.json is damaged \(not JSON\)/],
    [
      'another version',
      (text) => text.replace('"version": 6', '"version": 2'),
      /world\.json is damaged \(version: /,
    ],
    [
      'a key that is not known',
      (text) => text.replace('"fps"', '"speed": 1, "fps"'),
      /world\.json is damaged/,
    ],
    [
      'sizes that do not fit together',
      (text) => text.replace('"scale": [', '"scale": [ 1,'),
      /world\.json is damaged/,
    ],
    ['more starts than there are', (text) => text.replace('"count": 6', '"count": 7'), /starts/],
  ])('with a manifest that has %s is refused in one line', async (_, change, message) => {
    const copy = await copied();
    const path = join(copy, 'world.json');
    const text = await readFile(path, 'utf8');
    expect(change(text)).not.toBe(text);
    await writeFile(path, change(text));
    await refused(copy, message);
  });

  it('that is no folder, or not there, is refused in one line', async () => {
    await refused(join(folder, 'world.json'), /is not a world \(no world\.json\)/);
    await refused(join(root, 'none'), /none is not a world/);
  });

  it('is not overwritten by an export', async () => {
    const { exportWorld } = await import('../../src/train/export.ts');
    const out = join(root, 'data');
    const options = { run: join(root, 'run'), out, name: 'x', description: '', licence: '', attribution: '' };
    await expect(exportWorld(options)).rejects.toThrow(
      /data exists and is not a world: choose another --out/,
    );
    expect(await readFile(join(out, 'meta/info.json'), 'utf8')).toContain('synthetic');
  });
});

async function copied(): Promise<string> {
  const copy = await mkdtemp(join(root, 'copy-'));
  await cp(folder, copy, { recursive: true });
  return copy;
}

async function refused(path: string, message: RegExp): Promise<void> {
  const error: unknown = await openWorld(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toMatch(message);
  expect(String(error)).not.toContain('\n');
}
