import { readFile } from 'node:fs/promises';
import { Command } from 'commander';
import { UserError } from '../errors.ts';
import type { PlayableWorld, World } from '../world/types.ts';
import { openWorld } from '../world/world.ts';
import { SERVER_RUNTIME } from './hello.ts';
import { PairWorld } from './pair.ts';
import { writeTakeVideo } from './playtests.ts';
import { parseTake } from './take.ts';

/** `reverie replay`: a kept run, played again bit by bit into a video. */
export function replayCommand(): Command {
  return new Command('replay')
    .description(
      'Play a kept run again and write it as a video; one that the server imagined is checked to be the same to the bit.',
    )
    .argument(
      '<take>',
      'take.json, as kept by reverie play in playtests/ or downloaded from a published page',
    )
    .requiredOption('--world <folder...>', 'the world that it was played on, or both that were compared')
    .requiredOption('--out <file>', 'the mp4 to write')
    .addHelpText(
      'after',
      '\nExample:\n  $ reverie replay playtests/ride/take.json --world worlds/ride --out ride.mp4',
    )
    .action(async (path: string, { world: folders, out }: { world: string[]; out: string }) => {
      const text = await readFile(path, 'utf8').catch(() => {
        throw new UserError(`${path} cannot be read`, 'give the path of a take.json');
      });
      const take = parseTake(text, path);
      const isOurs = take.runtime === SERVER_RUNTIME;
      const worlds: World[] = [];
      try {
        for (const folder of folders) worlds.push(await openWorld(folder));
        await writeTakeVideo(out, playedTogether(worlds), take, isOurs);
      } finally {
        for (const world of worlds) await world.close();
      }
      const likeness = isOurs
        ? 'the same as they were played'
        : `which may differ from what was seen: it was imagined by "${take.runtime}", which rounds in its own way`;
      process.stdout.write(`${take.actions.length + 1} frames, ${likeness}, in ${out}\n`);
    });
}

function playedTogether(worlds: readonly World[]): PlayableWorld {
  const [first, second, ...more] = worlds;
  if (more.length > 0) throw new UserError('a take has one world or two', 'give no more with --world');
  return second ? new PairWorld(first!, second) : first!;
}
