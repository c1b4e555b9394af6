import { describe, expect, it } from 'vitest';
import { bench, formatBench } from '../../src/serve/bench.ts';
import { fakeWorld } from './fakeWorld.ts';

const small = { width: 64, height: 32 };

describe('bench', () => {
  it('measures the loop at the beat and closes the world', async () => {
    const world = fakeWorld({ ...small, stepMs: 4 });
    const result = await bench(async () => world, 1.5, 1);
    expect(world.closed).toBe(true);
    expect(result.firstFrameMs).toBeLessThan(1000);
    expect(result.frames + result.dropped).toBeGreaterThan(35);
    expect(result.p50).toBeGreaterThan(7);
    expect(result.p99).toBeGreaterThanOrEqual(result.p50);
    expect(result.mostSteps).toBe(2);
  });

  it('passes on what goes wrong and closes the world', async () => {
    const world = fakeWorld({ ...small, failAt: 2 });
    await expect(bench(async () => world, 5, 1)).rejects.toThrow('the fake world is broken');
    expect(world.closed).toBe(true);
  });

  it('is written in plain lines', () => {
    const result = {
      firstFrameMs: 812.4,
      fps: 29.98,
      p50: 14.21,
      p95: 17.5,
      p99: 19,
      frames: 1798,
      dropped: 2,
      fewestSteps: 2,
      mostSteps: 4,
    };
    expect(formatBench('racetrack', 60, result)).toBe(
      [
        'racetrack, 60 s at 30 FPS',
        '  time to first frame   812 ms',
        '  frames per second     29.98',
        '  model loop p50        14.2 ms of 33.3 ms',
        '  model loop p95        17.5 ms',
        '  model loop p99        19.0 ms',
        '  dropped beats         2 of 1800',
        '  denoising steps       2 to 4',
      ].join('\n'),
    );
  });
});
