import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { connectClient } from './client.ts';

const script = fileURLToPath(new URL('./playFake.ts', import.meta.url));

it.each(['SIGINT', 'SIGTERM'] as const)('says where it plays and ends cleanly on %s', async (signal) => {
  const child = spawn(process.execPath, ['--import', 'tsx', script]);
  const [line] = await once(child.stdout, 'data');
  const [, port] = /^playing Rolling hills at http:\/\/127\.0\.0\.1:(\d+)\n$/.exec(String(line)) ?? [];
  const client = connectClient(Number(port));
  await client.frame(({ index }) => index > 3);
  const ended = once(child, 'exit');
  child.kill(signal);
  expect(await client.closed).toEqual({ code: 1001, reason: 'Reverie was closed.' });
  expect(await ended).toEqual([0, null]);
});
