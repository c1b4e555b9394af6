import os from 'node:os';
import { afterEach, describe, expect, it, vi } from 'vitest';

afterEach(() => {
  vi.restoreAllMocks();
  vi.resetModules();
});

describe('other work on the machine', () => {
  it.each([
    ['none', 0, 0, false],
    ['a core and a half of it', 1.5, 0, true],
    ['this process’s own', 1.5, 1.5, false],
    ['both', 2, 1, true],
  ])('%s', async (_, all, own, expected) => {
    const start = performance.now();
    const passed = (cores: number): number => cores * (performance.now() - start);
    const [model] = os.cpus() as [os.CpuInfo];
    vi.spyOn(os, 'cpus').mockImplementation(() => [
      { ...model, times: { user: passed(all), nice: 0, sys: 0, irq: 0, idle: 0 } },
    ]);
    vi.spyOn(process, 'cpuUsage').mockImplementation((before) => ({
      user: passed(own) * 1000 - (before?.user ?? 0),
      system: 0,
    }));
    const { hasCompany } = await import('../../src/engine/devices/contention.ts');
    expect(await hasCompany()).toBe(expected);
  });
});
