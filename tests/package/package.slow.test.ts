import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = path.resolve(import.meta.dirname, '../..');
const MEGABYTE = 2 ** 20;
const packed = z.object({
  filename: z.string(),
  size: z.number(),
  unpackedSize: z.number(),
  files: z.array(z.object({ path: z.string() })),
});

let folder: string;
let project: string;
let content: z.infer<typeof packed>;

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'reverie-package-'));
  project = path.join(folder, 'project');
  mkdirSync(project);
  const report = run(ROOT, 'npm', 'pack', '--json', '--silent', '--pack-destination', folder);
  // Versions of npm differ in whether they give a list or a table of packages.
  const reports = z
    .array(packed)
    .or(z.record(z.string(), packed))
    .parse(JSON.parse(report.slice(report.search(/^[[{]/m))));
  content = Object.values(reports)[0]!;
  writeFileSync(path.join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  const archive = path.join(folder, content.filename);
  // Install scripts fetch what is optional, at length where the network is slow.
  run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--ignore-scripts', archive);
});

afterAll(() => rmSync(folder, { recursive: true }));

describe('the package', () => {
  it('holds what runs, and nothing else', () => {
    const { size, unpackedSize, files } = content;
    const megabytes = (bytes: number): string => `${(bytes / MEGABYTE).toFixed(1)} MiB`;
    console.log(
      `the package: ${files.length} files, ${megabytes(size)}, unpacked ${megabytes(unpackedSize)}`,
    );
    const needed =
      /^(LICENSE|README\.md|package\.json|bin\/reverie\.js|dist\/.+\.(js|d\.ts|html|css)|configs\/.+\.yaml|datasets\/.+\.yaml|worlds\/(garage|racetrack)\/.+)$/;
    expect(files.map((file) => file.path).filter((file) => !needed.test(file))).toEqual([]);
    const worlds = files.filter((file) => file.path.startsWith('worlds/'));
    const code = files.length - worlds.length;
    expect(code).toBeGreaterThan(100);
    expect(existsSync(path.join(project, 'node_modules/tsx'))).toBe(false);
    expect(existsSync(path.join(project, 'node_modules/vitest'))).toBe(false);
  });

  it('gives a command that works with no checkout near', () => {
    expect(run(project, 'npx', 'reverie', '--version')).toMatch(/^\d+\.\d+\.\d+\n$/);
    const bench = run(
      project,
      'npx',
      'reverie',
      'play',
      'node_modules/reverie/worlds/racetrack',
      '--bench',
      '1',
    );
    expect(bench).toMatch(/frames per second\s+[\d.]+/);
  });

  it('is compiled against and used by its names', () => {
    cpSync(path.join(import.meta.dirname, 'consumer.ts'), path.join(project, 'consumer.ts'));
    const types = path.join(ROOT, 'node_modules/@types');
    run(
      project,
      process.execPath,
      path.join(ROOT, 'node_modules/typescript/bin/tsc'),
      ...'--strict --exactOptionalPropertyTypes --noUncheckedIndexedAccess --skipLibCheck'.split(' '),
      ...'--target es2022 --module nodenext --lib es2023,dom --types node --outDir built'.split(' '),
      ...['--typeRoots', types, 'consumer.ts'],
    );
    expect(JSON.parse(run(project, process.execPath, 'built/consumer.js'))).toEqual({
      nodes: true,
      parameters: true,
      unit: 'dB',
      refused: true,
      pixels: true,
    });
    expect(existsSync(path.join(project, 'site/main.js'))).toBe(true);
  });
});

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
