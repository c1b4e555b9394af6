/**
 * Whether a world has the same landmarks after a whole lap: drives a circle ahead and to one side, twice, and compares
 * the second lap with the first.
 *
 *   npx tsx bench/laps.ts worlds/racetrack
 *   npx tsx bench/laps.ts worlds/garage --frames 120 --seeds 8
 *
 * Prints the mean PSNR of the second lap's frames with those of the first at the same place, and with those half a lap
 * away, for comparison; draws the first seed's laps, one below the other.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startProgress } from '../src/cli/progress.ts';
import { encodePng, tile } from '../src/data/pictures.ts';
import { boundedPsnr } from '../src/eval/measures/psnr.ts';
import type { Frame } from '../src/world/types.ts';
import { openWorld } from '../src/world/world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    frames: { type: 'string', default: '90' },
    seeds: { type: 'string', default: '6' },
    out: { type: 'string', default: 'laps.png' },
  },
});
const COLUMNS = 15;

const world = await openWorld(positionals[0] ?? 'worlds/racetrack');
const { names, scale, rest, keys } = world.manifest.actions;
const lap = Number(values.frames);
const seeds = Number(values.seeds);
const yaw = names.indexOf('yaw');
const [ahead, right] = [keys.ArrowUp, keys.ArrowRight];
if (!ahead || !right) throw new Error('the world cannot be driven ahead and to the right');
const turn = (2 * Math.PI) / lap / scale[yaw]! / right[yaw]!;
const action = rest.map((value, dimension) => value + ahead[dimension]! + turn * right[dimension]!);

const progress = startProgress('drive laps', 2 * lap * seeds, 'frames');
const [same, opposite]: [number[], number[]] = [[], []];
let rows: Frame[][] = [];
for (let seed = 0; seed < seeds; seed += 1) {
  const session = world.newSession(seed, seed % world.manifest.starts.count);
  const frames: Frame[] = [];
  while (frames.length < 2 * lap) {
    frames.push(await session.step(action));
    progress.update(seed * 2 * lap + frames.length);
  }
  const [first, second] = [frames.slice(0, lap), frames.slice(lap)];
  for (const [place, frame] of second.entries()) {
    same.push(boundedPsnr(first[place]!, frame));
    opposite.push(boundedPsnr(first[(place + (lap >> 1)) % lap]!, frame));
  }
  const shown = (frames: readonly Frame[]): Frame[] =>
    frames.filter((_, place) => place % Math.ceil(lap / COLUMNS) === 0);
  if (seed === 0) rows = [shown(first), shown(second)];
}
progress.stop();
const mean = (list: readonly number[]): number => list.reduce((sum, value) => sum + value, 0) / list.length;
await writeFile(values.out, encodePng(tile(rows, 2)));
await world.close();
process.stdout.write(
  `second lap with the first: ${mean(same).toFixed(1)} dB at the same place, ${mean(opposite).toFixed(1)} dB half a lap away\n` +
    `wrote ${values.out}\n`,
);
