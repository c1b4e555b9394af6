/**
 * Whether a world holds over minutes of random driving: the Fréchet distance of each minute's pictures from the
 * held-out footage, on the features of `reverie eval`, and a sheet of pictures to look at.
 *
 *   npx tsx bench/stability.ts worlds/racetrack --data datasets/racetrack --minutes 10 --out stability.png
 *
 * A minute is one of the footage: 1,200 frames at 20 a second.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { startProgress } from '../src/cli/progress.ts';
import { openDataset } from '../src/data/index.ts';
import { encodePng, tile } from '../src/data/pictures.ts';
import { footageStatistics } from '../src/eval/footage.ts';
import { PICTURE_FEATURES } from '../src/eval/measures/pictureFeatures.ts';
import { sharpness } from '../src/eval/measures/sharpness.ts';
import { frechetDistance, Moments } from '../src/eval/statistics/gaussian.ts';
import { seededRandom } from '../src/random.ts';
import type { Frame } from '../src/world/types.ts';
import { openWorld } from '../src/world/world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    data: { type: 'string', default: 'datasets/racetrack' },
    minutes: { type: 'string', default: '10' },
    out: { type: 'string', default: 'stability.png' },
    seed: { type: 'string', default: '0' },
  },
});
const COLUMNS = 10;
/** A driver changes course this often, in seconds on average. */
const HOLD_SECONDS = 1;

const world = await openWorld(positionals[0] ?? 'worlds/racetrack');
const footage = await footageStatistics(await openDataset(values.data));
const { fps, actions } = world.manifest;
const minute = Math.round(60 * fps);
const minutes = Number(values.minutes);
const random = seededRandom(Number(values.seed));
const recorded = actions.demos.flat();
const session = world.newSession(Number(values.seed), 0);
const progress = startProgress('drive at random', minutes * minute, 'frames');
const rows: Frame[][] = [];
let action: readonly number[] = actions.rest;
for (let done = 0; done < minutes; done += 1) {
  const moments = new Moments(PICTURE_FEATURES);
  const shown: Frame[] = [];
  let [outside, sharp] = [0, 0];
  for (let frame = 0; frame < minute; frame += 1) {
    if (random.uniform() < 1 / (HOLD_SECONDS * fps)) {
      action = recorded[random.integer(recorded.length)] ?? actions.rest;
    }
    const picture = await session.step(action);
    moments.add(footage.features(picture));
    if (footage.isOutside(picture)) outside += 1;
    sharp += sharpness(picture);
    if (frame % Math.ceil(minute / COLUMNS) === 0) shown.push(picture);
    progress.update(done * minute + frame + 1);
  }
  rows.push(shown);
  const distance = frechetDistance(footage.distribution, moments.gaussian());
  process.stdout.write(
    `minute ${String(done + 1).padStart(2)}  Fréchet ${distance.toFixed(2)}  sharpness ${(sharp / minute).toFixed(2)}  ` +
      `unlike any footage ${((100 * outside) / minute).toFixed(1)} %\n`,
  );
}
progress.stop();
await writeFile(values.out, encodePng(tile(rows, 2)));
await world.close();
process.stdout.write(`wrote ${values.out}\n`);
