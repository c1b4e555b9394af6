import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decode } from '../../src/data/index.ts';
import { UserError } from '../../src/errors.ts';
import { fingerprintOf, fnv1a } from '../../src/serve/fingerprint.ts';
import { pictureHash } from '../../src/serve/pictureHash.ts';
import { createKeeper, keepTake } from '../../src/serve/playtests.ts';
import { newRecording, recordFrame, recordMark, rewind, takeOf } from '../../src/serve/recorder.ts';
import { parseTake, replayTake, type Take } from '../../src/serve/take.ts';
import type { Frame, World } from '../../src/world/types.ts';
import { openWorld } from '../../src/world/world.ts';
import { makeTinyWorld, SIZE } from '../world/tinyWorld.ts';

let root: string;
let world: World;

beforeAll(async () => {
  root = await makeTinyWorld();
  world = await openWorld(join(root, 'world'));
});
afterAll(async () => {
  await world.close();
  await rm(root, { recursive: true });
});

const actionOf = (frame: number): Float32Array => Float32Array.of(Math.sin(frame), Math.cos(frame / 3));

/** Drives for some frames, goes back and takes another way; returns the frames that count and the take. */
async function drive(): Promise<{ frames: Frame[]; take: Take }> {
  const recording = newRecording({ seed: 9, start: 2 });
  const session = world.newSession(9, 2);
  const frames = [await session.current()];
  const step = async (action: Float32Array, steps: number): Promise<void> => {
    frames.push(await session.step(action, steps));
    await recordFrame(recording, session, action, steps);
  };
  for (let frame = 0; frame < 40; frame += 1) await step(actionOf(frame), frame % 5 === 0 ? 1 : 2);
  recordMark(recording, 12, { kind: 'up', note: 'a good bend' });
  recordMark(recording, 39, { kind: 'down', note: 'the wall melts' });
  await rewind(recording, session, 1000);
  expect(session.frameIndex).toBe(40);
  await rewind(recording, session, 25);
  expect(session.frameIndex).toBe(25);
  expect(await session.current()).toEqual(frames[25]);
  frames.length = 26;
  for (let frame = 0; frame < 8; frame += 1) await step(Float32Array.of(-1, frame / 8), 2);
  const take = takeOf(recording, session, world, 'server', pictureHash(frames.at(-1)!));
  return { frames, take: take! };
}

async function replayed(take: Take): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of replayTake(world, take)) frames.push(frame);
  return frames;
}

it('plays a take again bit by bit, the way back and the other way included', async () => {
  const { frames, take } = await drive();
  const text = JSON.stringify(take);
  expect(await replayed(parseTake(text, 'take.json'))).toEqual(frames);
  expect(take.marks).toEqual([{ frame: 12, kind: 'up', note: 'a good bend' }]);
});

it('refuses a take of another checkpoint, one that was changed, and what is none', async () => {
  const { take } = await drive();
  await expect(replayed({ ...take, worlds: [{ name: 'tiny', fingerprint: 'other' }] })).rejects.toThrow(
    /another checkpoint/,
  );
  const actions = take.actions.map((action, frame) => (frame === 3 ? [0, 0] : action));
  await expect(replayed({ ...take, actions })).rejects.toThrow(/ends in another picture/);
  expect(() => parseTake('{', 'x.json')).toThrow(UserError);
  expect(() => parseTake('{"format":"reverie-take"}', 'x.json')).toThrow(/x\.json is no take \(version/);
  expect(() => parseTake(JSON.stringify({ ...take, steps: [1] }), 'x.json')).toThrow(/its steps/);
});

it('tells a world from one of which anything else than the dynamics differs', async () => {
  const { take } = await drive();
  const { manifest } = world;
  const others = [
    { ...manifest, files: { ...manifest.files, 'decoder.onnx': 'other' } },
    { ...manifest, sampling: { ...manifest.sampling, contextLevel: 0.5 } },
  ];
  for (const other of others) {
    const replay = replayTake({ ...world, manifest: other }, take);
    await expect(replay.next()).rejects.toThrow(/another checkpoint/);
  }
  // The encoder is for those who have footage.
  const files = { ...manifest.files, 'encoder.onnx': 'other' };
  expect(fingerprintOf({ ...manifest, files })).toBe(fingerprintOf(manifest));
});

it('hashes as FNV-1a is published', () => {
  expect(['', 'a', 'foobar'].map(fnv1a)).toEqual([
    'cbf29ce484222325',
    'af63dc4c8601ec8c',
    '85944171f73967e8',
  ]);
});

it('plays a take of another runtime again without asking for the same bits', async () => {
  const { frames, take } = await drive();
  const elsewhere = { ...take, runtime: 'browser, WASM', last: 'rounded otherwise' };
  let count = 0;
  for await (const _ of replayTake(world, elsewhere, false)) count += 1;
  expect(count).toBe(frames.length);
});

it('keeps a take with its video, and nothing of one that cannot be played again', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reverie-playtests-'));
  const { frames, take } = await drive();
  const name = await keepTake(folder, world, take);
  expect(parseTake(await readFile(join(folder, name, 'take.json'), 'utf8'), name)).toEqual(take);
  let count = 0;
  for await (const _ of decode(join(folder, name, 'video.mp4'), { ...SIZE })) count += 1;
  expect(count).toBe(frames.length);
  await expect(keepTake(folder, world, { ...take, last: 'wrong' })).rejects.toThrow();
  expect(await readdir(join(folder, 'tiny'))).toHaveLength(1);
  // Closed while it waits for its turn: the take is kept, and its video can be made from it.
  const keeper = createKeeper(folder);
  const names = [keeper.keep(world, take), keeper.keep(world, { ...take, seed: 8 })];
  await keeper.close();
  for (const kept of await Promise.all(names)) {
    expect(await readdir(join(folder, kept))).toEqual(['take.json']);
  }
  await rm(folder, { recursive: true });
});
