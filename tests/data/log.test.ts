import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { alignLog, readActionLog } from '../../src/data/actions/log.ts';
import { scratch } from './footage.ts';

const folder = scratch();
const FPS = 20;

/** A made-up drive: the wheel at a time in seconds. */
const wheel = (seconds: number): number => Math.sin(seconds * 1.7) + 0.6 * Math.sin(seconds * 0.61 + 1);

function write(name: string, lines: readonly string[]): string {
  const file = path.join(folder, name);
  writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

describe('an action log', () => {
  it('is laid over the pictures by the lag at which motion follows it', async () => {
    // 50 rows a second, on a clock that is 0.4 s behind the video, with the sign of a left-handed axis.
    const rows = Array.from({ length: 1500 }, (_, i) => `${i / 50},-${0.1},${-wheel(i / 50 + 0.4)},x`);
    const file = write('wheel.csv', ['t,pedal,wheel,remark', ...rows]);
    const displacement = Float64Array.from({ length: 500 * 6 }, (_, i) =>
      i % 6 === 3 ? 0.05 * wheel(Math.floor(i / 6) / FPS) : 0,
    );
    const log = alignLog(await readActionLog(file, FPS), displacement, FPS);
    expect(log).toMatchObject({ names: ['pedal', 'wheel'], column: 'wheel', motion: 'yaw' });
    expect(log.lagSeconds).toBeCloseTo(0.4, 6);
    expect(log.correlation).toBeLessThan(-0.99);
    expect(log.values[2 * 100 + 1]).toBeCloseTo(-wheel(100 / FPS), 2);
  });

  it.each([
    ['no time', ['wheel', ...Array.from({ length: 20 }, () => '1')], /no column of time/],
    ['ragged', ['t,a', ...Array.from({ length: 20 }, (_, i) => `${i},1`), '21'], /line 22 has 1 cells/],
    ['backwards', ['t,a', ...Array.from({ length: 20 }, (_, i) => `${-i},1`)], /line 3: time does not rise/],
    ['words', ['t,a', ...Array.from({ length: 20 }, (_, i) => `${i},left`)], /no column of numbers/],
    ['short', ['t,a', '0,1'], /has 1 rows/],
  ])('%s is refused with the reason', async (name, lines, message) => {
    await expect(readActionLog(write(`${name}.csv`, lines), FPS)).rejects.toThrow(message);
  });
});
