import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The CUDA provider of onnxruntime-node, if its binaries were downloaded; the package comes without. */
export function cudaFolder(): string | undefined {
  const folder = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((file) =>
    file.includes('providers_cuda'),
  );
}
