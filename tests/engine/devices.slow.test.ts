import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { GpuReport } from './gpuReport.ts';

/** Where Debian's Chromium keeps its Vulkan loader and SwiftShader, a GPU in software. */
const CHROMIUM = '/usr/lib/chromium';
const DRIVER = join(CHROMIUM, 'vk_swiftshader_icd.json');
const MISSING = `${DRIVER} is missing: WebGPU is not tested (apt-get install chromium)`;

describe('WebGPU', () => {
  it('trains the models as the CPU does, and no node falls back to the CPU', ({ skip }) => {
    if (!existsSync(DRIVER)) return skip(MISSING);
    for (const { model, losses, norms, fallbacks } of report()) {
      expect(fallbacks, model).toEqual([]);
      for (const [step, loss] of losses.cpu.entries()) {
        expect(Math.abs(losses.webgpu[step]! / loss - 1), `${model}, step ${step}`).toBeLessThan(1e-3);
      }
      expect(Math.abs(norms.webgpu / norms.cpu - 1), model).toBeLessThan(1e-3);
      expect(losses.cpu.at(-1)).toBeLessThan(losses.cpu[0]!);
    }
  });

  it('takes every node of the shipped recipe’s training graphs at their full size', ({ skip }) => {
    if (!existsSync(DRIVER)) return skip(MISSING);
    const [, ...logs] = onSwiftShader('gpuPlacement.ts').stderr.split(/^GRAPH /m);
    expect(logs.map((log) => log.split(' ')[0])).toEqual([
      'autoencoder',
      'flowWarp',
      'fewStep',
      'reprojection',
      'transformer',
    ]);
    for (const log of logs) {
      const placements = [...log.matchAll(/placed on \[(\w+)\]\. Number of nodes: (\d+)/g)];
      expect(placements.map(([, provider]) => provider)).toEqual(['WebGpuExecutionProvider']);
      // onnxruntime may merge a few nodes or add a few of its own.
      const nodes = Number(/^\w+ (\d+)$/m.exec(log)![1]);
      expect(Number(placements[0]![2])).toBeGreaterThan(0.8 * nodes);
    }
  });
});

function report(): GpuReport[] {
  return JSON.parse(onSwiftShader('gpuReport.ts').stdout.trim().split('\n').at(-1)!) as GpuReport[];
}

/** Runs a program of this folder with SwiftShader as its GPU. */
function onSwiftShader(name: string): { stdout: string; stderr: string } {
  const program = fileURLToPath(new URL(name, import.meta.url));
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--import', 'tsx', program], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
    env: {
      ...process.env,
      LD_LIBRARY_PATH: CHROMIUM,
      VK_DRIVER_FILES: DRIVER,
      VK_ICD_FILENAMES: DRIVER,
      XDG_RUNTIME_DIR: process.env.XDG_RUNTIME_DIR ?? '/tmp',
    },
  });
  if (status !== 0) throw new Error(stderr.slice(-2000));
  return { stdout, stderr };
}
