/**
 * What more denoising passes give: rollouts from real held-out moments on their true actions, beside the truth.
 * PSNR falls with blur and with detail in the wrong place, sharpness with blur alone: read them together.
 *
 *   npx tsx bench/passes.ts worlds/racetrack --data datasets/racetrack --out passes.png
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startProgress } from '../src/cli/progress.ts';
import { openDataset } from '../src/data/index.ts';
import { encodePng, tile } from '../src/data/pictures.ts';
import { UserError } from '../src/errors.ts';
import { psnr } from '../src/eval/measures/psnr.ts';
import { sharpness } from '../src/eval/measures/sharpness.ts';
import type { Frame } from '../src/world/types.ts';
import { openWorld } from '../src/world/world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: 'datasets/racetrack' },
    out: { type: 'string', default: 'passes.png' },
    passes: { type: 'string', default: '1,2,4,8' },
  },
});
const MOMENTS = [1, 2, 5, 10, 20, 30, 60];
const STARTS = 8;
const DRAWN = 3;
const SEED = 1;

const world = await openWorld(positionals[0] ?? 'worlds/racetrack');
const dataset = await openDataset(values.data);
const { frame: size, memory, actions } = world.manifest;
const horizon = MOMENTS.at(-1)!;
const columns = actions.names.map((name) => dataset.info.actionNames.indexOf(name));
const clips = dataset.info.episodes.filter(
  ({ split, length }) => split === 'val' && length > memory.window + horizon,
);
if (clips.length === 0)
  throw new UserError(`no held-out clip of ${values.data} has ${horizon} frames to follow`);
const counts = values.passes.split(',').map(Number);
const scores = new Map<string, { psnr: number[]; sharpness: number[] }>();
const rows: Frame[][] = [];
const progress = startProgress('imagine', STARTS * counts.length * horizon, 'frames');
let done = 0;

for (let start = 0; start < STARTS; start += 1) {
  const clip = clips[Math.floor(((start + 0.5) * clips.length) / STARTS)]!;
  const room = clip.length - memory.window - horizon;
  const from = Math.floor((room * ((start % 3) + 0.5)) / 3);
  const bytes = await dataset.frames(clip, from, memory.window + horizon);
  const area = size.width * size.height * 3;
  const film = Array.from({ length: memory.window + horizon }, (_, index) => ({
    ...size,
    rgb: bytes.subarray(index * area, (index + 1) * area),
  }));
  const table = await dataset.actions(clip);
  const actionAfter = (frame: number): number[] =>
    columns.map((column) => table[(from + frame) * dataset.info.actionNames.length + column]!);
  const seen = film.slice(0, memory.window);
  const truth = MOMENTS.map((moment) => film[memory.window - 1 + moment]!);
  note('footage', truth, truth);
  note('autoencoder', truth, await world.reconstruct(truth));
  note(
    'copy last frame',
    truth,
    truth.map(() => seen.at(-1)!),
  );
  if (start < DRAWN) rows.push(truth);
  for (const passes of counts) {
    const session = await world.sessionFromFrames(
      seen,
      seen.slice(1).map((_, index) => actionAfter(index)),
      SEED,
    );
    const imagined: Frame[] = [];
    for (let moment = 1; moment <= horizon; moment += 1) {
      const picture = await session.step(actionAfter(memory.window - 2 + moment), passes);
      if (MOMENTS.includes(moment)) imagined.push(picture);
      done += 1;
      progress.update(done);
    }
    note(`${passes} ${passes === 1 ? 'pass' : 'passes'}`, truth, imagined);
    if (start < DRAWN) rows.push(imagined);
  }
}
progress.stop();
await writeFile(values.out, encodePng(tile(rows, 2)));
await world.close();

const line = (numbers: readonly number[]): string =>
  numbers.map((value) => (Number.isFinite(value) ? value.toFixed(1) : '–').padStart(6)).join('');
process.stdout.write(`mean of ${STARTS} held-out starts, frames ahead: ${MOMENTS.join(', ')}\n`);
for (const [name, score] of scores) {
  process.stdout.write(`${name.padEnd(16)} PSNR${line(score.psnr)}   sharpness${line(score.sharpness)}\n`);
}
process.stdout.write(`wrote ${values.out}\n`);

function note(name: string, truth: readonly Frame[], pictures: readonly Frame[]): void {
  const score = scores.get(name) ?? { psnr: MOMENTS.map(() => 0), sharpness: MOMENTS.map(() => 0) };
  for (const [index, picture] of pictures.entries()) {
    score.psnr[index]! += psnr(truth[index]!, picture) / STARTS;
    score.sharpness[index]! += sharpness(picture) / STARTS;
  }
  scores.set(name, score);
}
