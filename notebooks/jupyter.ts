// Starts Jupyter with the TypeScript kernel at hand. Arguments go to jupyter: `npm run notebooks -- nbconvert …`.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

const deno = path.resolve(import.meta.dirname, '../node_modules/.bin/deno');
const share = mkdtempSync(path.join(tmpdir(), 'reverie-jupyter-'));
const kernel = path.join(share, 'kernels/deno');
mkdirSync(kernel, { recursive: true });
writeFileSync(
  path.join(kernel, 'kernel.json'),
  JSON.stringify({
    argv: [deno, 'jupyter', '--kernel', '--conn', '{connection_file}'],
    display_name: 'TypeScript (Deno)',
    language: 'typescript',
  }),
);
const args = process.argv.slice(2);
try {
  const { error, status } = spawnSync('jupyter', args.length === 0 ? ['lab', import.meta.dirname] : args, {
    stdio: 'inherit',
    env: {
      ...process.env,
      JUPYTER_PATH: [share, process.env.JUPYTER_PATH].filter(Boolean).join(path.delimiter),
    },
  });
  if (error) process.stderr.write('jupyter was not found: pip install jupyterlab\n');
  process.exitCode = status ?? 1;
} finally {
  rmSync(share, { recursive: true });
}
