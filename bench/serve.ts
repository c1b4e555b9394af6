/**
 * How many 30 FPS sessions this machine holds, and what an hour of interactive video costs on it.
 *
 *     npx tsx bench/serve.ts worlds/racetrack --price 0.08 --seconds 20
 *
 * Sessions are added one at a time, each driven by recorded actions as fast as the beat, until one of them falls
 * below 29.5 frames a second. Under load passes go down before the rate does, so two numbers are given: sessions
 * that get all passes in 99 of 100 frames, and sessions that keep the rate. `--price` is the machine's list price in
 * dollars an hour.
 */
import { parseArgs } from 'node:util';
import { createPictureCoder } from '../src/serve/picture.ts';
import { startPlayer } from '../src/serve/player.ts';
import { DEFAULT_PRICE } from '../src/serve/server.ts';
import { percentile, slidingStatistics } from '../src/serve/statistics.ts';
import type { World } from '../src/world/types.ts';
import { openWorld } from '../src/world/world.ts';

const LEAST_FPS = 29.5;
const LEAST_WHOLE = 0.99;
const MOST_SESSIONS = 64;
const WARM_UP_MS = 2000;

interface Load {
  readonly slowestFps: number;
  /** The share of frames that got all passes. */
  readonly whole: number;
  readonly p50: number;
  readonly p99: number;
}

async function load(world: World, sessions: number, seconds: number): Promise<Load> {
  const coder = createPictureCoder();
  const players = Array.from({ length: sessions }, (_, seed) => {
    const times = slidingStatistics(Number.POSITIVE_INFINITY);
    let whole = 0;
    const began = performance.now();
    const player = startPlayer({
      world,
      seed,
      coder,
      runtime: 'server',
      show: ({ modelMs, steps }) => {
        const now = performance.now();
        if (now - began < WARM_UP_MS) return;
        times.add(now, modelMs);
        if (steps === world.manifest.sampling.steps) whole += 1;
      },
      canShow: () => true,
      keep: () => undefined,
      failed: (error) => {
        throw error;
      },
    });
    return { player, times, whole: () => whole };
  });
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS + seconds * 1000));
  await Promise.all(players.map(({ player }) => player.stop()));
  const all = players.flatMap(({ times }) => times.values());
  return {
    slowestFps: Math.min(...players.map(({ times }) => times.summary().fps)),
    whole: players.reduce((sum, player) => sum + player.whole(), 0) / all.length,
    p50: percentile(all, 0.5),
    p99: percentile(all, 0.99),
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    price: { type: 'string', default: String(DEFAULT_PRICE) },
    seconds: { type: 'string', default: '20' },
  },
});
const [folder = 'worlds/racetrack'] = positionals;
const world = await openWorld(folder);
const price = Number(values.price);
const holds = { whole: 0, rate: 0 };
for (let sessions = 1; sessions <= MOST_SESSIONS; sessions += 1) {
  const { slowestFps, whole, p50, p99 } = await load(world, sessions, Number(values.seconds));
  process.stdout.write(
    `${sessions} sessions: slowest ${slowestFps.toFixed(1)} FPS, all passes in ${(100 * whole).toFixed(0)} % of frames, ` +
      `frame p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`,
  );
  if (slowestFps < LEAST_FPS) break;
  holds.rate = sessions;
  if (whole >= LEAST_WHOLE) holds.whole = sessions;
}
await world.close();
for (const [held, how] of [
  [holds.whole, 'with all passes'],
  [holds.rate, 'with as many passes as there is time for'],
] as const) {
  const cost =
    held > 0 ? `; an hour of one costs $${(price / held).toFixed(4)} where the machine costs $${price}` : '';
  process.stdout.write(`${held} sessions at 30 FPS ${how}${cost}\n`);
}
