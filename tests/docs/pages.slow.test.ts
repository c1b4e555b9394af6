import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { renderSample } from '../../src/data/index.ts';
import { scratch } from '../data/footage.ts';
import { blocks, commands, ROOT } from './pages.ts';

/**
 * What is not run as it stands, by its beginning. `pages.test.ts` checks that each of these exists and takes its
 * arguments; the reason says who runs it.
 */
const NOT_HERE: readonly (readonly [RegExp, string])[] = [
  [/^(\w+=\S+ )?npm /, 'installs, packs, plays until Ctrl-C or runs all tests: package, wholePath, .ci/run'],
  [/^bash \.ci\/run/, 'runs all tests'],
  [/^npx vitest/, 'tests run in the tests'],
  [/^npx tsx bench\/(?!heldKeys)/, 'measures for minutes'],
  [/reverie fetch/, 'downloads: fetch.test.ts has a server of its own'],
  [/reverie play (?!.*--bench)/, 'plays until Ctrl-C: wholePath'],
  [/reverie replay/, 'wants a run kept in a browser: take.test.ts'],
  [/reverie eval --playtests/, 'wants the same: playtests.test.ts'],
  [/reverie eval worlds/, 'imagines for minutes: wholePath and the notebooks evaluate'],
  [/reverie train .*datasets\/garage/, 'trains a quarter of an hour on footage that is not here'],
  [/reverie train.*(…|--device)|^mpirun|^reverie /, 'a part of a command'],
];

let stage: string;

beforeAll(async () => {
  // A copy of the checkout in which small things stand in for large ones under the same names.
  stage = scratch();
  for (const name of ['src', 'bench', 'bin', 'node_modules', 'package.json', 'tsconfig.json', 'examples']) {
    symlinkSync(path.join(ROOT, name), path.join(stage, name));
  }
  cpSync(path.join(ROOT, 'configs'), path.join(stage, 'configs'), { recursive: true });
  cpSync(path.join(ROOT, 'configs/tiny.yaml'), path.join(stage, 'configs/clip-15min.yaml'));
  mkdirSync(path.join(stage, 'worlds'));
  symlinkSync(path.join(ROOT, 'worlds/racetrack'), path.join(stage, 'worlds/racetrack'));
  const video = await renderSample(stage, { seconds: 12, width: 128, height: 96, fps: 20, seed: 3 });
  cpSync(video, path.join(stage, 'ride.mp4'));
});

afterAll(() => rmSync(stage, { recursive: true }));

describe('commands of the pages', () => {
  const shown = commands().flatMap((line) => line.split(' && '));
  const here = [...new Set(shown)].filter((line) => !NOT_HERE.some(([pattern]) => pattern.test(line)));
  const order = ['ingest', 'train', 'export'];
  const rank = (line: string): number => order.findIndex((name) => line.includes(`reverie ${name}`));
  const sorted = here.toSorted((a, b) => (rank(a) + 1 || 9) - (rank(b) + 1 || 9));
  console.log(`${here.length} of ${shown.length} commands in the pages are run; the others are only parsed`);

  it.each(sorted)('%s', (line) => {
    const words = line
      .replace(/^npx reverie/, `${process.execPath} bin/reverie.js`)
      .replace(/^npx /, 'node_modules/.bin/')
      .replace(/--(bench|seconds) \d+/, '--$1 1')
      .split(' ');
    const out = execFileSync(words[0]!, words.slice(1), { cwd: stage, encoding: 'utf8', stdio: 'pipe' });
    expect(out).not.toMatch(/^\s+at /m);
  });

  it('left what they promise', () => {
    for (const made of [
      'datasets/ride/card.html',
      'runs/ride/run.yaml',
      'worlds/ride/world.json',
      'site/index.html',
    ]) {
      expect(existsSync(path.join(stage, made)), made).toBe(true);
    }
  });
});

describe('code of the pages', () => {
  const code = blocks().filter(({ language }) => language === 'ts');

  it.each(code)('runs as it stands: $page', ({ text }) => {
    const file = path.join(stage, 'block.ts');
    writeFileSync(file, text);
    execFileSync('node_modules/.bin/tsx', ['block.ts'], { cwd: stage, stdio: 'pipe' });
  });

  it('has the right types', () => {
    for (const [i, { text }] of code.entries()) writeFileSync(path.join(stage, `block${i}.ts`), text);
    writeFileSync(
      path.join(stage, 'blocks.json'),
      JSON.stringify({ extends: './tsconfig.json', include: ['block*.ts'], exclude: [] }),
    );
    execFileSync('node_modules/.bin/tsc', ['--noEmit', '-p', 'blocks.json'], { cwd: stage, stdio: 'pipe' });
  });
});
