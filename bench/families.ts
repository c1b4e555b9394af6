/**
 * How long a frame takes in several worlds, their frames in turns so that what else the machine does meets all alike;
 * the first is what the others are compared with.
 *
 *   npx tsx bench/families.ts worlds/racetrack worlds/garage
 */
import { parseArgs } from 'node:util';
import { median } from '../src/data/statistics.ts';
import { UserError } from '../src/errors.ts';
import { openWorld } from '../src/world/world.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { frames: { type: 'string', default: '200' } },
});
const WARM_UP = 10;

if (positionals.length === 0) throw new UserError('name the world folders to compare');
const subjects = await Promise.all(
  positionals.map(async (folder) => {
    const world = await openWorld(folder);
    return { folder, world, session: world.newSession(1), times: [] as number[] };
  }),
);
for (let frame = 0; frame < WARM_UP + Number(values.frames); frame += 1) {
  for (const { world, session, times } of subjects) {
    const begin = performance.now();
    await session.step(world.manifest.actions.rest);
    await session.settled();
    if (frame >= WARM_UP) times.push(performance.now() - begin);
  }
}
const first = median(subjects[0]!.times);
for (const { folder, world, times } of subjects) {
  const { steps } = world.manifest.sampling;
  const middle = median(times);
  process.stdout.write(
    `${folder}: ${middle.toFixed(1)} ms a frame in the median, decoder included, ${steps} passes, ` +
      `${Number(world.manifest.training.parameters).toLocaleString('en')} parameters, ` +
      `${(middle / first).toFixed(2)} × the first\n`,
  );
  await world.close();
}
