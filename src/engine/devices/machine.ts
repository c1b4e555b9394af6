import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { encodeModel } from '../onnx.ts';

const require = createRequire(import.meta.url);

/** How to get what a device needs; the README says the same. */
export const DEVICE_FIXES = {
  webgpu: 'install the Vulkan driver of your GPU (on Debian: apt-get install libvulkan1 mesa-vulkan-drivers)',
  cuda: 'for NVIDIA GPUs with CUDA 12 and cuDNN 9: ONNXRUNTIME_NODE_INSTALL=cuda12 npm rebuild onnxruntime-node',
} as const;

/** Whether the CUDA provider of onnxruntime-node was downloaded; the package comes without. */
export function hasCudaProvider(): boolean {
  const folder = join(dirname(require.resolve('onnxruntime-node/package.json')), 'bin');
  return readdirSync(folder, { recursive: true }).some((file) => String(file).includes('providers_cuda'));
}

/**
 * Tries a provider of onnxruntime on a graph of one node, in a process of its own, since drivers write to the
 * terminal and may end the process.
 *
 * @returns why it does not work, in one line; nothing where it does
 */
export function providerProblem(provider: keyof typeof DEVICE_FIXES): string | undefined {
  if (provider === 'cuda' && !hasCudaProvider()) return 'its binaries are not installed';
  const { status, stderr } = spawnSync(process.execPath, ['-e', PROBE, provider], {
    encoding: 'utf8',
    input: oneNode(),
    cwd: dirname(require.resolve('onnxruntime-node/package.json')),
    timeout: 60_000,
  });
  return status === 0 ? undefined : reasonOf(stderr);
}

const PROBE = `
const { InferenceSession, Tensor } = require('onnxruntime-node');
const executionProviders = [process.argv[1]];
InferenceSession.create(require('node:fs').readFileSync(0), { executionProviders, logSeverityLevel: 4 })
  .then((session) => session.run({ x: new Tensor('float32', [1], [1]) }))
  .catch((error) => {
    console.error('REASON ' + error.message.replaceAll('\\n', ' '));
    process.exitCode = 1;
  });
`;

function oneNode(): Uint8Array {
  const x = { name: 'x', shape: [1], type: 'float32' } as const;
  const y = { ...x, name: 'y' };
  return encodeModel({
    inputs: [x],
    outputs: [{ name: 'y', value: y }],
    nodes: [{ op: 'Neg', inputs: [x], outputs: [y], attributes: {} }],
    constants: new Map(),
  });
}

/** The reason at the end of what a driver and onnxruntime wrote. */
function reasonOf(stderr: string): string {
  const loader = /Couldn't load Vulkan: ([^\n]*)/.exec(stderr)?.[1];
  if (loader) return `there is no Vulkan (${loader})`;
  const reason = /REASON (.*)/.exec(stderr)?.[1];
  if (!reason) return 'it ended the process that tried it';
  return reason.includes('No supported adapters')
    ? 'there is no GPU that Vulkan knows'
    : reason.slice(-160).trim();
}
