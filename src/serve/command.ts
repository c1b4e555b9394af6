import { Command } from 'commander';
import { portNumber, positiveNumber, wholeNumber } from '../cli/options.ts';
import { openWorld } from '../world/world.ts';
import { bench, formatBench } from './bench.ts';
import { DEFAULT_PORT } from './listen.ts';
import { LOOPBACK, type PlayWorldOptions, playWorld } from './playWorld.ts';

export interface PlayOptions extends PlayWorldOptions {
  /** The folder of the world. */
  readonly world: string;
  /** Measures for so many seconds instead of serving the page. */
  readonly bench?: number | undefined;
}

const BENCH_SEED = 1;

/** `reverie play`: a world in the browser, at thirty frames a second. */
export function playCommand(): Command {
  return new Command('play')
    .description('Play a world in the browser.')
    .argument('<world>', 'folder of the world, as in worlds/racetrack')
    .option(
      '--port <number>',
      `port to listen on (default: ${DEFAULT_PORT}, or the next that is free)`,
      portNumber,
    )
    .option('--host <address>', 'address to listen on; any but this machine asks for a token', LOOPBACK)
    .option('--open', 'open the page in your browser')
    .option('--bench <seconds>', 'measure how fast the world plays here, without a page', positiveNumber)
    .option('--seed <number>', 'the same start and the same chances every time', wholeNumber)
    .addHelpText(
      'after',
      `
Examples:
  $ reverie play worlds/racetrack                   play on this machine
  $ reverie play worlds/racetrack --open            and open the browser
  $ reverie play worlds/racetrack --host 0.0.0.0    let a phone in the same network play
  $ reverie play worlds/racetrack --bench 60        frame rate and frame times of this machine`,
    )
    .action((world: string, options: Omit<PlayOptions, 'world'>) => play({ ...options, world }));
}

/**
 * Plays a world until the user ends it with Ctrl-C, or measures it.
 *
 * @throws UserError when the world is missing or damaged, or the port is taken
 */
export async function play(options: PlayOptions): Promise<void> {
  if (options.bench !== undefined) return measure(options.world, options.bench, options.seed ?? BENCH_SEED);
  const world = await openWorld(options.world);
  try {
    await playWorld(world, options);
  } finally {
    await world.close();
  }
}

async function measure(folder: string, seconds: number, seed: number): Promise<void> {
  let name = folder;
  const open = async () => {
    const world = await openWorld(folder);
    name = world.manifest.name;
    return world;
  };
  const result = await bench(open, seconds, seed);
  process.stdout.write(`${formatBench(name, seconds, result)}\n`);
}
