/**
 * How many 30 FPS sessions this machine holds, and what an hour of interactive video costs on it.
 *
 *     npx tsx bench/serve.ts worlds/racetrack --price 0.08 --seconds 20
 *
 * Sessions are added one at a time, each driven by recorded actions as fast as the beat, until one of them falls
 * below 29.5 frames a second or a dropped step. `--price` is the machine's list price in dollars an hour; without
 * it no cost is printed.
 */
import { parseArgs } from 'node:util';
import { createPictureCoder } from '../src/serve/picture.ts';
import { startPlayer } from '../src/serve/player.ts';
import { percentile, slidingStatistics } from '../src/serve/statistics.ts';
import type { World } from '../src/world/types.ts';
import { openWorld } from '../src/world/world.ts';

const LEAST_FPS = 29.5;
const MOST_SESSIONS = 64;
const WARM_UP_MS = 2000;

interface Load {
  readonly slowestFps: number;
  readonly fewestSteps: number;
  readonly p50: number;
  readonly p99: number;
}

async function load(world: World, sessions: number, seconds: number): Promise<Load> {
  const coder = createPictureCoder();
  const players = Array.from({ length: sessions }, (_, seed) => {
    const times = slidingStatistics(Number.POSITIVE_INFINITY);
    let fewestSteps = Number.POSITIVE_INFINITY;
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
        fewestSteps = Math.min(fewestSteps, steps);
      },
      canShow: () => true,
      keep: () => undefined,
      failed: (error) => {
        throw error;
      },
    });
    return { player, times, fewest: () => fewestSteps };
  });
  await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS + seconds * 1000));
  await Promise.all(players.map(({ player }) => player.stop()));
  const all = players.flatMap(({ times }) => times.values());
  return {
    slowestFps: Math.min(...players.map(({ times }) => times.summary().fps)),
    fewestSteps: Math.min(...players.map(({ fewest }) => fewest())),
    p50: percentile(all, 0.5),
    p99: percentile(all, 0.99),
  };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { price: { type: 'string' }, seconds: { type: 'string', default: '20' } },
});
const [folder = 'worlds/racetrack'] = positionals;
const world = await openWorld(folder);
let held = 0;
for (let sessions = 1; sessions <= MOST_SESSIONS; sessions += 1) {
  const { slowestFps, fewestSteps, p50, p99 } = await load(world, sessions, Number(values.seconds));
  const full = fewestSteps === world.manifest.sampling.steps;
  process.stdout.write(
    `${sessions} sessions: slowest ${slowestFps.toFixed(1)} FPS, fewest steps ${fewestSteps}, ` +
      `frame p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms\n`,
  );
  if (slowestFps < LEAST_FPS || !full) break;
  held = sessions;
}
await world.close();
process.stdout.write(`this machine holds ${held} sessions at 30 FPS with all steps\n`);
if (values.price !== undefined && held > 0) {
  process.stdout.write(`an hour of interactive video costs $${(Number(values.price) / held).toFixed(4)}\n`);
}
