import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Beat, FRAME_MS, startClock } from '../../src/serve/clock.ts';

const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

describe('startClock', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('beats thirty times a second without drifting, however long the work takes', async () => {
    const start = performance.now();
    const lateness: number[] = [];
    const clock = startClock(FRAME_MS, async ({ number }) => {
      lateness.push(performance.now() - start - number * FRAME_MS);
      await sleep(number % 30);
    });
    await vi.advanceTimersByTimeAsync(20_000);
    const stopped = clock.stop();
    await vi.advanceTimersByTimeAsync(100);
    await stopped;
    expect(lateness.length).toBeGreaterThanOrEqual(599);
    expect(Math.min(...lateness)).toBeGreaterThan(-1);
    expect(Math.max(...lateness)).toBeLessThan(1.5);
  });

  it('plays the newest beat at once after an overrun and drops those before', async () => {
    const beats: Beat[] = [];
    const clock = startClock(FRAME_MS, async (beat) => {
      beats.push(beat);
      if (beat.number === 3) await sleep(120);
    });
    await vi.advanceTimersByTimeAsync(400);
    await clock.stop();
    expect(beats.slice(0, 6).map(({ number }) => number)).toEqual([0, 1, 2, 3, 6, 7]);
    expect(beats.map(({ dropped }) => dropped).reduce((sum, dropped) => sum + dropped)).toBe(2);
  });

  it('loses single beats, not every second one, when work takes a little too long', async () => {
    let count = 0;
    const clock = startClock(FRAME_MS, async () => {
      count += 1;
      await sleep(36);
    });
    await vi.advanceTimersByTimeAsync(10_000);
    const stopped = clock.stop();
    await vi.advanceTimersByTimeAsync(100);
    await stopped;
    expect(count).toBeGreaterThan(10_000 / 38);
  });

  it('never plays two beats at a time and stops after the one that runs', async () => {
    let running = 0;
    let most = 0;
    let ended = 0;
    const clock = startClock(10, async () => {
      running += 1;
      most = Math.max(most, running);
      await sleep(25);
      running -= 1;
      ended += 1;
    });
    await vi.advanceTimersByTimeAsync(510);
    const stopped = clock.stop();
    const before = ended;
    await vi.advanceTimersByTimeAsync(500);
    await stopped;
    expect(most).toBe(1);
    expect(running).toBe(0);
    expect(ended - before).toBeLessThanOrEqual(1);
  });
});
