import { Command } from 'commander';
import { SHIPPED_WORLDS } from './home.ts';
import { portNumber, positiveNumber } from './options.ts';

interface StartOptions {
  readonly minutes?: number;
  readonly port?: number;
  readonly play: boolean;
}

/** `reverie start`, which is `npm start`. */
export function startCommand(): Command {
  return new Command('start')
    .description('play the worlds that ship with Reverie, or turn video into a world and play that')
    .argument('[clips...]', 'video files or folders, or "sample" for a rendered town')
    .option('--minutes <n>', 'how long to train (default: 15)', positiveNumber)
    .option('--port <n>', 'port of the page', portNumber)
    .option('--no-play', 'stop before the page opens')
    .addHelpText(
      'after',
      `
Examples:
  $ npm start                               worlds learned from real video, at once
  $ npm start -- path/to/my/clips           your video: labels, training, a report, then the page
  $ npm start -- ride.mp4 --minutes 60      train longer
  $ npm start -- sample                     no video at hand? a rendered town

Interrupted work goes on where it was when the same command is run again.`,
    )
    .action(async (clips: string[], options: StartOptions) => {
      const worlds = clips.length === 0 ? SHIPPED_WORLDS : [await learn(clips, options.minutes)];
      if (!options.play) return;
      const { play } = await import('../serve/command.ts');
      await play({ worlds, port: options.port });
    });
}

/** Loads what trains only for those who train. */
async function learn(clips: readonly string[], minutes: number | undefined): Promise<string> {
  const { learnWorld } = await import('./learn.ts');
  return learnWorld(clips, minutes);
}
