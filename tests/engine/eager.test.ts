import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const require = createRequire(import.meta.url);
const resolved = (name: string): string => JSON.stringify(require.resolve(name));

/** What a package of tfjs does when it is loaded: nobody has it, it lacks a library, or its backend registers. */
const PACKAGES = {
  missing: undefined,
  broken: `throw new Error('libcudart.so.12: cannot open shared object file');`,
  // A backend by that name with the kernels of the plain one: which device computes is not seen from outside.
  working: `
    const tf = require(${resolved('@tensorflow/tfjs')});
    const { MathBackendCPU } = require(${resolved('@tensorflow/tfjs-backend-cpu')});
    tf.registerBackend('tensorflow', () => new MathBackendCPU());
    tf.copyRegisteredKernels('cpu', 'tensorflow');`,
  /** Loads, but finds no device. */
  idle: `
    const tf = require(${resolved('@tensorflow/tfjs')});
    tf.registerBackend('tensorflow', () => { throw new Error('no device'); });`,
} as const;

const installed = ['@tensorflow/tfjs-node-gpu', '@tensorflow/tfjs-node'].filter((name) => {
  try {
    return require.resolve(name) !== '';
  } catch {
    return false;
  }
});

describe('--device tfjs', () => {
  it.for([
    ['working', 'working', 'tfjs-node-gpu'],
    ['missing', 'working', 'tfjs-node'],
    ['idle', 'broken', 'tfjs-backend-wasm'],
  ] as const)(
    'with tfjs-node-gpu %s and tfjs-node %s, trains on %s and says so',
    { timeout: 30_000 },
    async ([gpu, node, where], { skip }) => {
      if (installed.length > 0) return skip(`${installed} is installed: the order of backends is not tested`);
      const folder = mkdtempSync(join(tmpdir(), 'reverie-tfjs-'));
      try {
        for (const [name, state] of [
          ['tfjs-node-gpu', gpu],
          ['tfjs-node', node],
        ] as const) {
          const source = PACKAGES[state];
          if (source === undefined) continue;
          await mkdir(join(folder, '@tensorflow', name), { recursive: true });
          await writeFile(join(folder, '@tensorflow', name, 'index.js'), source);
        }
        // d (w · x)² / dw = 2 (w · x) x, with w = (1, 2) and x = (½, ¼).
        expect(report(folder)).toEqual({ where, w: [0, 1.5] });
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
  );
});

function report(packages: string): unknown {
  const program = fileURLToPath(new URL('eagerReport.ts', import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', program], {
    encoding: 'utf8',
    env: { ...process.env, NODE_PATH: packages },
  });
  if (status !== 0) throw new Error(stderr.slice(-2000));
  return JSON.parse(stdout.trim().split('\n').at(-1)!);
}
