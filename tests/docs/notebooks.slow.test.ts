import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { scratch } from '../data/footage.ts';
import { ROOT } from './pages.ts';

const notebook = z.looseObject({
  cells: z.array(
    z.looseObject({ cell_type: z.string(), source: z.unknown(), outputs: z.array(z.unknown()).default([]) }),
  ),
});
const NAMES = readdirSync(path.join(ROOT, 'notebooks')).filter((name) => name.endsWith('.ipynb'));
const jupyter = spawnSync('jupyter', ['nbconvert', '--version'], { stdio: 'ignore' }).status === 0;
if (!jupyter)
  console.log('skipped: no jupyter to run the notebooks (Debian: apt-get install jupyter-nbconvert)');

describe('notebooks', () => {
  it.each(NAMES)('%s is committed with what it shows', (name) => {
    const { cells } = notebook.parse(JSON.parse(readFileSync(path.join(ROOT, 'notebooks', name), 'utf8')));
    const shown = cells.filter(({ outputs }) => outputs.length > 0);
    expect(shown.length).toBeGreaterThan(2);
    expect(JSON.stringify(shown)).not.toContain('"output_type":"error"');
  });
});

describe.skipIf(!jupyter)('run anew', () => {
  let stage: string;

  beforeAll(() => {
    stage = scratch();
    for (const name of ['src', 'configs', 'node_modules', 'package.json', 'worlds']) {
      symlinkSync(path.join(ROOT, name), path.join(stage, name));
    }
    cpSync(path.join(ROOT, 'notebooks'), path.join(stage, 'notebooks'), {
      recursive: true,
      filter: (from) => !from.endsWith('/work'),
    });
  });
  afterAll(() => rmSync(stage, { recursive: true }));

  it.each(NAMES)('%s ends well', (name) => {
    const file = path.join(stage, 'notebooks', name);
    const convert = ['nbconvert', '--to', 'notebook', '--execute', '--inplace', file];
    execFileSync(path.join(ROOT, 'node_modules/.bin/tsx'), ['notebooks/jupyter.ts', ...convert], {
      cwd: stage,
      stdio: 'pipe',
    });
  });
});
