import { once } from 'node:events';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { isKnownHost, isLoopback } from '../../src/knownHost.ts';
import { isOwnOrigin, tokenMatches } from '../../src/serve/access.ts';
import type { ReceivedFrame } from '../../src/serve/frameMessage.ts';
import { DEFAULT_PORT } from '../../src/serve/listen.ts';
import { type Server, type ServerOptions, startServer } from '../../src/serve/server.ts';
import { readManifest } from '../../src/world/world.ts';
import { connectClient } from './client.ts';
import { fakeWorld } from './fakeWorld.ts';

const small = { width: 64, height: 32 };
const running: Server[] = [];
const reports: string[] = [];

async function serve(options: Partial<ServerOptions> = {}): Promise<Server> {
  const server = await startServer({
    worlds: [fakeWorld(small)],
    host: '127.0.0.1',
    port: 0,
    seed: 5,
    report: (line) => reports.push(line),
    ...options,
  });
  running.push(server);
  return server;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((server) => server.close()));
  reports.length = 0;
});

/** The status of an answer to a request that names the server so. */
function statusFor(port: number, path: string, host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    get({ port, path, headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    }).on('error', reject);
  });
}

const at = (index: number) => (frame: ReceivedFrame) => frame.index >= index;

describe('a session', () => {
  it('starts with what there is to play, then the start state, then a frame every beat', async () => {
    const client = connectClient((await serve()).port);
    const hello = await client.hello;
    expect(hello).toMatchObject({ name: 'Rolling hills', frame: small, steps: 2, pace: 1, canWatch: true });
    const began = performance.now();
    await client.frame(at(30));
    expect(client.frames[0]).toMatchObject({ index: 0, coding: 'jpeg', ...small, watching: true });
    expect(client.frames.slice(0, 31).map(({ index }) => index)).toEqual(
      Array.from({ length: 31 }, (_, i) => i),
    );
    expect(performance.now() - began).toBeGreaterThan(800);
  });

  it('echoes the input that shaped a frame and does what it asks', async () => {
    const client = connectClient((await serve()).port);
    await client.hello;
    client.send({ type: 'input', sequence: 41, held: { ArrowRight: 1 } });
    const frame = await client.frame(({ sequence, action }) => sequence === 41 && action[1]! > 0.95);
    expect(frame.watching).toBe(false);
    expect(client.frames.filter(({ sequence }) => sequence === 41)[0]!.action[1]).toBeLessThan(0.7);
  });

  it('is the same again for the same seed', async () => {
    const { port } = await serve();
    const [one, two] = [connectClient(port), connectClient(port)];
    await Promise.all([one.frame(at(20)), two.frame(at(20))]);
    for (let index = 0; index <= 20; index += 1) {
      expect(two.frames[index]!.picture).toEqual(one.frames[index]!.picture);
    }
  });

  it('is nobody else’s', async () => {
    const { port } = await serve();
    const [driver, watcher] = [connectClient(port), connectClient(port)];
    await Promise.all([driver.hello, watcher.hello]);
    driver.send({ type: 'input', sequence: 1, held: { ArrowLeft: 1 } });
    await driver.frame(({ action }) => action[1]! < -0.9);
    const seen = watcher.frames.length;
    await watcher.frame(at(seen + 5));
    expect(watcher.frames.every(({ watching, sequence }) => watching && sequence === 0)).toBe(true);
  });

  it('stands still while it is paused and goes on after', async () => {
    const client = connectClient((await serve()).port);
    await client.frame(at(3));
    client.send({ type: 'pause', on: true });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const seen = client.frames.length;
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(client.frames).toHaveLength(seen);
    client.send({ type: 'pause', on: false });
    await client.frame(at(client.frames.at(-1)!.index + 1));
  });

  it('starts again the same, or somewhere else, also while it is paused', async () => {
    const client = connectClient((await serve()).port);
    await client.frame(at(5));
    client.send({ type: 'pause', on: true });
    const [first] = client.frames;
    const starts = () => client.frames.filter(({ index }) => index === 0);
    client.send({ type: 'reset', start: 'same' });
    await client.frame(() => starts().length === 2);
    client.send({ type: 'reset', start: 'next' });
    await client.frame(() => starts().length === 3);
    expect(starts()[1]!.picture).toEqual(first!.picture);
    expect(starts()[2]!.picture).not.toEqual(first!.picture);
  });

  it('takes fewer steps when the machine is slow', async () => {
    const { port } = await serve({ worlds: [fakeWorld({ ...small, stepMs: 14, steps: 4 })] });
    const client = connectClient(port);
    await client.frame(({ steps }) => steps < 3);
    expect(client.frames[0]!.steps).toBe(4);
  });
});

describe('several worlds', () => {
  it('are listed, shown, and played by name, and no others are', async () => {
    const worlds = ['a', 'b'].map((name) => ({ ...fakeWorld(small), folder: `/secret place/${name}` }));
    const { port } = await serve({ worlds });
    const base = `http://127.0.0.1:${port}`;
    const list = await (await fetch(`${base}/worlds.json`)).text();
    expect(JSON.parse(list)).toMatchObject([{ id: 'a', frame: small }, { id: 'b' }]);
    expect(list).not.toContain('secret');
    const poster = await fetch(`${base}/worlds/a/poster.png`);
    expect(poster.headers.get('content-type')).toBe('image/png');
    expect((await fetch(`${base}/worlds/c/poster.png`)).status).toBe(404);
    expect((await connectClient(port, '?world=b').hello).compares).toBe(false);
    const both = connectClient(port, '?world=a&world=b');
    expect(await both.hello).toMatchObject({ compares: true, frame: { width: 128, height: 32 } });
    for (const query of ['?world=c', '?world=../a', '?world=a&world=c', '?world=a&world=a']) {
      expect((await connectClient(port, query).closed).code).toBe(1006);
    }
  });

  it('take no run of each other', async () => {
    const worlds = ['a', 'b'].map((name) => ({ ...fakeWorld(small), folder: `/${name}` }));
    const { port } = await serve({ worlds });
    const first = connectClient(port, '?world=a');
    const { ticket } = await first.hello;
    await first.frame(at(20));
    await first.close();
    const other = connectClient(port, `?world=b&ticket=${ticket}`);
    expect((await other.frame(() => true)).index).toBe(0);
  });
});

describe('the door', () => {
  it('says politely that there is no room, and has room when somebody leaves', async () => {
    const server = await serve({ mostPlayers: 1 });
    const [first, second, third] = [0, 1, 2].map(() => connectClient(server.port));
    await first!.hello;
    await expect.poll(() => third!.said).toEqual([{ type: 'waiting', place: 2 }]);
    expect(second!.said).toEqual([{ type: 'waiting', place: 1 }]);
    expect(server.players()).toBe(1);
    await first!.close();
    await second!.hello;
    await expect.poll(() => third!.said.at(-1)).toEqual({ type: 'waiting', place: 1 });
    await second!.frame(at(3));
    await second!.close();
    await third!.hello;
  });

  it('comes back where it was after its line broke, and nobody else can', async () => {
    const { port } = await serve();
    const first = connectClient(port);
    const { ticket } = await first.hello;
    await first.frame(at(20));
    first.vanish();
    await expect
      .poll(async () => {
        const again = connectClient(port, `?ticket=${ticket}`);
        const { index } = await again.frame(() => true);
        again.vanish();
        return index;
      })
      .toBeGreaterThanOrEqual(20);
    const stranger = connectClient(port, '?ticket=guess');
    expect((await stranger.frame(() => true)).index).toBe(0);
  });

  it('is put to sleep when nothing is heard, gives its seat away, and wakes where it was', async () => {
    const server = await serve({ idleMs: 400, mostPlayers: 1 });
    const sleeper = connectClient(server.port);
    await sleeper.frame(at(3));
    await expect.poll(() => sleeper.said.at(-1)?.type, { timeout: 5000 }).toBe('asleep');
    await expect.poll(() => server.players()).toBe(0);
    const before = sleeper.frames.at(-1)!.index;
    const other = connectClient(server.port);
    await other.hello;
    await other.close();
    sleeper.send({ type: 'pause', on: false });
    const seen = sleeper.frames.length;
    await expect.poll(() => sleeper.frames.length).toBeGreaterThan(seen);
    expect(sleeper.frames[seen]!.index).toBe(before);
    expect(sleeper.frames[seen]!.picture).toEqual(sleeper.frames[seen - 1]!.picture);
  });

  it.each([
    'garbage',
    '{"type":"fly"}',
    '{"type":"input","sequence":1,"held":{"KeyW":9}}',
    Buffer.from([1, 2, 3]),
  ])('closes on %s with a reason and lives on', async (bad) => {
    const server = await serve();
    const client = connectClient(server.port);
    await client.hello;
    client.sendRaw(bad);
    const { code, reason } = await client.closed;
    expect(code).toBe(1008);
    expect(reason).toMatch(/^bad message: \S/);
    await connectClient(server.port).hello;
    expect(server.players()).toBe(1);
  });

  it('closes on a message that is far too long', async () => {
    const client = connectClient((await serve()).port);
    await client.hello;
    client.sendRaw('x'.repeat(100_000));
    expect((await client.closed).code).not.toBe(1000);
  });

  it('lets no other site’s page in', async () => {
    const { port } = await serve();
    const own = connectClient(port, '', { origin: `http://127.0.0.1:${port}` });
    await own.hello;
    const other = connectClient(port, '', { origin: 'https://example.com' });
    expect((await other.closed).code).toBe(1006);
  });

  it('answers to no name that another site could have given this machine', async () => {
    const { port } = await serve();
    const rebound = { host: `attacker.example:${port}`, origin: `http://attacker.example:${port}` };
    expect((await connectClient(port, '', rebound).closed).code).toBe(1006);
    for (const path of ['', 'worlds.json', 'main.js']) {
      expect(await statusFor(port, `/${path}`, rebound.host)).toBe(421);
      expect(await statusFor(port, `/${path}`, `localhost:${port}`)).toBe(200);
    }
  });

  it('answers to the name that a proxy shows it by', async () => {
    const publicUrl = new URL('https://play.example.com/ride/');
    const server = await serve({ publicUrl });
    expect(server.url).toBe('https://play.example.com/ride');
    expect(await statusFor(server.port, '/', 'play.example.com')).toBe(200);
    expect(await statusFor(server.port, '/', 'other.example.com')).toBe(421);
    const origin = 'https://play.example.com';
    await connectClient(server.port, '', { host: 'play.example.com', origin }).hello;
    // A proxy that does not pass the name on.
    await connectClient(server.port, '', { origin }).hello;
  });

  it('keeps to itself what goes wrong with its files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'reverie-secret-'));
    await cp('worlds/garage', folder, { recursive: true });
    const manifest = await readManifest(folder);
    const { port } = await serve({ worlds: [{ ...fakeWorld(small), manifest, folder }] });
    await rm(folder, { recursive: true });
    const response = await fetch(`http://127.0.0.1:${port}/worlds/${basename(folder)}/decoder.onnx`);
    expect(response.status).toBe(500);
    expect(await response.text()).not.toContain('secret');
    expect(reports.join()).toContain('ENOENT');
  });

  it('says when a run cannot be kept, and why to whoever runs it', async () => {
    const { port } = await serve({ playtests: 'package.json' });
    const client = connectClient(port);
    await client.frame(at(3));
    client.send({ type: 'keep' });
    await expect
      .poll(() => client.said.at(-1))
      .toMatchObject({ type: 'kept', text: expect.stringMatching(/could not be kept/) });
    expect(reports.join()).toMatch(/package\.json/);
  });

  it('makes one video of a run at a time', async () => {
    const playtests = await mkdtemp(join(tmpdir(), 'reverie-playtests-'));
    const { port } = await serve({ playtests });
    const client = connectClient(port);
    await client.frame(at(10));
    client.send({ type: 'keep' });
    client.send({ type: 'keep' });
    const answers = () => client.said.flatMap((message) => (message.type === 'kept' ? [message.text] : []));
    await expect.poll(answers, { timeout: 20_000 }).toHaveLength(2);
    expect(answers()[0]).toBe('The run before is still being kept.');
    expect(answers()[1]).toMatch(/^Kept in /);
    await rm(playtests, { recursive: true });
  });

  it('reports a world that fails and tells the player', async () => {
    const client = connectClient((await serve({ worlds: [fakeWorld({ ...small, failAt: 3 })] })).port);
    expect(await client.closed).toMatchObject({ code: 1011, reason: expect.stringContaining('could not') });
    expect(reports.join()).toContain('the fake world is broken');
  });

  it('asks for the token when others can reach it', async () => {
    const server = await serve({ host: '0.0.0.0' });
    const token = new URL(server.url).searchParams.get('token');
    const page = (query: string) => fetch(`http://127.0.0.1:${server.port}/${query}`);
    expect(token).toMatch(/^[\w-]{20,}$/);
    expect((await page('')).status).toBe(403);
    expect((await page('?token=guess')).status).toBe(403);
    expect((await page(`?token=${token}`)).status).toBe(200);
    expect((await connectClient(server.port).closed).code).toBe(1006);
    await connectClient(server.port, `?token=${token}`).hello;
  });
});

describe('the port', () => {
  async function occupy(port: number): Promise<{ port: number; free: () => void }> {
    const blocker = createServer();
    blocker.listen(port, '127.0.0.1');
    await once(blocker, 'listening');
    const { port: taken } = blocker.address() as AddressInfo;
    return { port: taken, free: () => blocker.close() };
  }

  it('is refused in one line when the user chose one that is taken', async () => {
    const { port, free } = await occupy(0);
    await expect(serve({ port })).rejects.toThrow(UserError);
    await expect(serve({ port })).rejects.toThrow(`port ${port} is in use`);
    free();
  });

  it('moves on from the default when that is taken', async () => {
    const blocker = await occupy(DEFAULT_PORT).catch(() => undefined);
    const server = await serve({ port: undefined });
    expect(server.port).toBeGreaterThan(DEFAULT_PORT);
    expect((await fetch(server.url)).status).toBe(200);
    blocker?.free();
  });

  it('is free again after closing, and players hear why they were cut off', async () => {
    const server = await serve();
    const client = connectClient(server.port);
    await client.hello;
    await server.close();
    expect(await client.closed).toEqual({ code: 1001, reason: 'Reverie was closed.' });
    expect(server.players()).toBe(0);
    running.length = 0;
    await serve({ port: server.port });
  });

  it('must exist', async () => {
    await expect(serve({ port: 70_000 })).rejects.toThrow(UserError);
  });

  it('must be on an address of this machine', async () => {
    await expect(serve({ host: '203.0.113.7' })).rejects.toThrow(UserError);
  });
});

describe('access', () => {
  it('knows which addresses stay on this machine', () => {
    expect(['127.0.0.1', '127.8.9.1', 'localhost', '::1'].every(isLoopback)).toBe(true);
    expect(['0.0.0.0', '192.168.1.2', '::', '127.0.0.1.example.com'].some(isLoopback)).toBe(false);
  });

  it('compares tokens whole', () => {
    expect(tokenMatches('abc', 'abc')).toBe(true);
    expect([undefined, '', 'ab', 'abd', 'abcd'].some((given) => tokenMatches('abc', given))).toBe(false);
  });

  it('knows its own page, also behind a proxy', () => {
    expect(isOwnOrigin(undefined, ['a:1'])).toBe(true);
    expect(isOwnOrigin('http://a:1', ['a:1'])).toBe(true);
    expect(isOwnOrigin('https://outside', ['inside:1', 'outside'])).toBe(true);
    expect(isOwnOrigin('http://b:1', ['a:1'])).toBe(false);
    expect(isOwnOrigin('null', ['a:1'])).toBe(false);
  });

  it('knows the names of this machine from others', () => {
    const names = ['localhost', 'localhost:3030', '127.0.0.1:1', '[::1]:3030'];
    expect(names.every((host) => isKnownHost(host))).toBe(true);
    const others = [undefined, '', 'evil.com', 'localhost.evil.com:3030', '127.0.0.1.evil.com', 'a b'];
    expect(others.some((host) => isKnownHost(host))).toBe(false);
  });
});
