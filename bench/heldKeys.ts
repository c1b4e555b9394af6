/**
 * Pictures of a world while one control is held, a row each: the page's keys held without a break, nothing held,
 * and driven as its footage was.
 *
 *   npx tsx bench/heldKeys.ts worlds/racetrack --seconds 10 --out held.png
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startProgress } from '../src/cli/progress.ts';
import { encodePng, tile } from '../src/data/pictures.ts';
import { sharpness } from '../src/eval/measures/sharpness.ts';
import type { Frame } from '../src/world/types.ts';
import { openWorld } from '../src/world/world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seconds: { type: 'string', default: '10' },
    out: { type: 'string', default: 'held.png' },
    start: { type: 'string', default: '0' },
    passes: { type: 'string' },
  },
});
const COLUMNS = 10;
const SEED = 1;

const world = await openWorld(positionals[0] ?? 'worlds/racetrack');
const { actions, fps, sampling } = world.manifest;
const frames = Math.round(Number(values.seconds) * fps);
const passes = values.passes === undefined ? sampling.steps : Number(values.passes);
const held = (key: string): number[] =>
  actions.rest.map((value, index) => value + (actions.keys[key]?.[index] ?? 0));
const demo = actions.demos[0] ?? [actions.rest];
const controls: readonly (readonly [string, (frame: number) => readonly number[]])[] = [
  ['as filmed', (frame) => demo[frame % demo.length]!],
  ['left held', () => held('ArrowLeft')],
  ['right held', () => held('ArrowRight')],
  ['forward held', () => held('ArrowUp')],
  ['nothing held', () => actions.rest],
];

const rows: Frame[][] = [];
const lines: string[] = [];
const progress = startProgress('imagine', frames * controls.length, 'frames');
for (const [name, action] of controls) {
  const session = world.newSession(SEED, Number(values.start));
  const shown = [await session.current()];
  for (let frame = 1; frame <= frames; frame += 1) {
    const picture = await session.step(action(frame - 1), passes);
    if (frame >= (shown.length * frames) / (COLUMNS - 1)) shown.push(picture);
    progress.update(rows.length * frames + frame);
  }
  rows.push(shown);
  lines.push(
    `${name.padEnd(14)}${shown.map((picture) => sharpness(picture).toFixed(1).padStart(6)).join('')}`,
  );
}
progress.stop();
await writeFile(values.out, encodePng(tile(rows, 2)));
await world.close();
process.stdout.write(
  `sharpness at ${COLUMNS} moments of ${values.seconds} s, ${passes} passes\n${lines.join('\n')}\nwrote ${values.out}\n`,
);
