import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Server, startServer } from '../../src/serve/server.ts';
import { connectClient } from './client.ts';
import { fakeWorld } from './fakeWorld.ts';

let server: Server;
const reports: string[] = [];

beforeAll(async () => {
  server = await startServer({
    worlds: [fakeWorld({ width: 32, height: 16 })],
    host: '127.0.0.1',
    port: 0,
    seed: 1,
    mostPlayers: 3,
    report: (line) => reports.push(line),
  });
});
afterAll(() => server.close());

/** Looks like a message more or less: right words in wrong places, wrong types, huge numbers, deep nesting, bytes. */
const hostile = fc.oneof(
  fc.json(),
  fc.string(),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  fc
    .record(
      {
        type: fc.constantFrom('input', 'watch', 'pause', 'reset', 'rewind', 'mark', 'keep', '__proto__'),
        on: fc.anything(),
        start: fc.anything(),
        seconds: fc.anything(),
        sequence: fc.anything(),
        held: fc.dictionary(fc.string(), fc.anything()),
      },
      { requiredKeys: ['type'] },
    )
    .map((value) => JSON.stringify(value)),
);

it('outlives 1,000 fuzzed messages and 200 abrupt disconnects, and so does everybody else', async () => {
  const witness = connectClient(server.port);
  await witness.frame(({ index }) => index >= 3);
  const messages = fc.sample(hostile, { numRuns: 1000, seed: 7 });
  const heapBefore = await settledHeap();
  for (let from = 0; from < messages.length; from += 5) {
    const client = connectClient(server.port);
    await client.opened;
    for (const message of messages.slice(from, from + 5)) client.sendRaw(message);
    client.sendRaw(randomBytes(20));
    // Half of them go without a word, the others wait for their dismissal and then go.
    if (from % 10 === 0) client.vanish();
    else expect((await client.closed).code).toBe(1008);
  }
  const seen = witness.frames.length;
  await witness.frame(({ index }) => index >= witness.frames[seen - 1]!.index + 10);
  await expect.poll(() => server.players(), { timeout: 10_000 }).toBe(1);
  expect(reports).toEqual([]);
  // The witness keeps its frames; nothing else may stay.
  witness.frames.length = 0;
  expect((await settledHeap()) - heapBefore).toBeLessThan(24e6);
  await witness.close();
});

it('forgets 200 players that vanish', async () => {
  for (let index = 0; index < 200; index += 1) {
    const client = connectClient(server.port);
    await client.opened;
    client.vanish();
  }
  await expect.poll(() => server.players(), { timeout: 10_000 }).toBe(0);
  await connectClient(server.port).hello;
});

it('dismisses who floods it with good messages, and nobody else', async () => {
  const [flood, witness] = [connectClient(server.port), connectClient(server.port)];
  await Promise.all([flood.hello, witness.hello]);
  for (let index = 0; index < 400; index += 1) flood.send({ type: 'watch', on: true });
  expect(await flood.closed).toEqual({ code: 1008, reason: 'too many messages' });
  const { index } = await witness.frame(() => true);
  await witness.frame((frame) => frame.index > index + 5);
  await witness.close();
});

it('shows no path of the machine to those who ask for files', async () => {
  for (const path of [
    '/world/..%2f..%2fpackage.json',
    '/ort/../package.json',
    '/nowhere',
    '/world/encoder.onnx',
  ]) {
    const response = await fetch(`http://127.0.0.1:${server.port}${path}`);
    expect(response.status).toBe(404);
    expect(await response.text()).not.toMatch(/node_modules|\/work|\/home|\/tmp/);
  }
});

async function settledHeap(): Promise<number> {
  await new Promise((resolve) => setTimeout(resolve, 200));
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}
