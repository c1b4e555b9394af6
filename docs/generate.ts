// Writes the parts of the documentation that are made from the code: `npm run docs`.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { GENERATED } from './generate/index.ts';

for (const [name, make] of Object.entries(GENERATED)) {
  writeFileSync(path.join(import.meta.dirname, name), make());
  process.stdout.write(`docs/${name}\n`);
}
