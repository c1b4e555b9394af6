import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fetchDataset } from '../../src/data/fetch/command.ts';
import { download } from '../../src/data/fetch/download.ts';
import { manifestNames, readManifest } from '../../src/data/fetch/manifest.ts';
import { UserError } from '../../src/errors.ts';
import { scratch } from './footage.ts';

const content = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) >> 5));
const sha256 = createHash('sha256').update(content).digest('hex');
const requests: (string | undefined)[] = [];
let breakAfter = Number.POSITIVE_INFINITY;

const server = createServer((request, response) => {
  requests.push(request.headers.range);
  if (request.url === '/gone') return response.writeHead(404).end();
  const from = Number(/bytes=(\d+)-/.exec(request.headers.range ?? '')?.[1] ?? 0);
  response.writeHead(from > 0 ? 206 : 200, { 'content-length': content.length - from });
  if (breakAfter > content.length) return response.end(content.subarray(from));
  return response.write(content.subarray(from, from + breakAfter), () => response.destroy());
});
let base = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address() as AddressInfo;
  base = `http://127.0.0.1:${address.port}`;
});
afterAll(() => server.close());

const file = (url: string, sum = sha256) => ({
  name: 'ride.mp4',
  url: base + url,
  bytes: content.length,
  sha256: sum,
});
const { signal } = new AbortController();
const MANIFEST = {
  title: 'Ride',
  description: 'A ride.',
  licence: 'CC0-1.0',
  attribution: 'nobody',
  homepage: 'https://example.org/',
};

describe('download', () => {
  it('goes on where it broke off, and then has the very bytes', async () => {
    const folder = scratch();
    breakAfter = 100_000;
    await expect(download(file('/ride'), folder, () => undefined, signal)).rejects.toThrow(/broke off/);
    const have = statSync(path.join(folder, 'ride.mp4.partial')).size;
    expect(have).toBeGreaterThan(0);
    expect(existsSync(path.join(folder, 'ride.mp4'))).toBe(false);
    breakAfter = Number.POSITIVE_INFINITY;
    const got = await download(file('/ride'), folder, () => undefined, signal);
    expect(requests.at(-1)).toBe(`bytes=${have}-`);
    expect(readFileSync(got).equals(content)).toBe(true);
    const before = requests.length;
    await download(file('/ride'), folder, () => undefined, signal);
    expect(requests).toHaveLength(before);
  });

  it('keeps nothing that has another checksum', async () => {
    const folder = scratch();
    const wrong = file(
      '/ride',
      sha256.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    );
    await expect(download(wrong, folder, () => undefined, signal)).rejects.toThrow(/has the checksum/);
    expect(existsSync(path.join(folder, 'ride.mp4'))).toBe(false);
    expect(existsSync(path.join(folder, 'ride.mp4.partial'))).toBe(false);
  });

  it('says what the server answered', async () => {
    await expect(download(file('/gone'), scratch(), () => undefined, signal)).rejects.toThrow(
      /\/gone answers 404 Not Found: the file has moved/,
    );
  });

  it('takes nothing of a file of another length', async () => {
    const folder = scratch();
    const other = { ...file('/ride'), bytes: content.length + 1 };
    await expect(download(other, folder, () => undefined, signal)).rejects.toThrow(
      `has ${content.length} bytes and not ${content.length + 1}`,
    );
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says in a line what is wrong with the disk, whatever stands in the way', async () => {
    const folder = scratch();
    writeFileSync(path.join(folder, 'taken'), '');
    mkdirSync(path.join(folder, 'a', 'ride.mp4'), { recursive: true });
    mkdirSync(path.join(folder, 'b', 'ride.mp4.partial'), { recursive: true });
    for (const [inside, words] of [
      ['taken', /ride\.mp4 cannot be made: a file stands in the way/],
      ['taken/deeper', /ride\.mp4 cannot be made: a file stands in the way/],
      ['a', /ride\.mp4 cannot be made: a folder stands in the way/],
      ['b', /ride\.mp4\.partial cannot be made: a folder stands in the way/],
    ] as const) {
      const failed = download(file('/ride'), path.join(folder, inside), () => undefined, signal);
      await expect(failed).rejects.toThrow(UserError);
      await expect(failed).rejects.toThrow(words);
    }
  });

  it('does not begin where the dataset cannot be written', async () => {
    const out = scratch();
    writeFileSync(path.join(out, 'holiday.txt'), 'mine');
    const manifest = { ...MANIFEST, files: [file('/ride')] };
    const before = requests.length;
    await expect(fetchDataset(manifest, out)).rejects.toThrow(/holds other files \(holiday\.txt\)/);
    expect(requests).toHaveLength(before);
  });
});

describe('the manifests that come with Reverie', () => {
  it('are whole, and an unknown name lists them', async () => {
    const names = await manifestNames();
    expect(names.length).toBeGreaterThan(0);
    for (const name of names) await expect(readManifest(name)).resolves.toBeDefined();
    await expect(readManifest('atlantis')).rejects.toThrow(`known are ${names.join(', ')}`);
    await expect(readManifest('atlantis.yaml')).rejects.toThrow('atlantis.yaml cannot be read');
  });
});
