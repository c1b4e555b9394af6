import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, it } from 'vitest';
import { GENERATED } from '../../docs/generate/index.ts';
import { ROOT } from './pages.ts';

it.each(Object.entries(GENERATED))('docs/%s is what `npm run docs` makes of the code', (name, make) => {
  expect(readFileSync(path.join(ROOT, 'docs', name), 'utf8')).toBe(make());
});
