import { Command } from 'commander';
import { portNumber, positiveNumber, webAddress, wholeNumber } from '../cli/options.ts';
import type { World } from '../world/types.ts';
import { openWorld } from '../world/world.ts';
import { bench, formatBench } from './bench.ts';
import { DEFAULT_PORT } from './listen.ts';
import { LOOPBACK, type PlayWorldsOptions, playWorlds } from './playWorlds.ts';
import { DEFAULT_PRICE } from './server.ts';

export interface PlayOptions extends PlayWorldsOptions {
  /** The folders of the worlds, at least one. */
  readonly worlds: readonly string[];
  /** Measures for so many seconds instead of serving the page. */
  readonly bench?: number | undefined;
}

const BENCH_SEED = 1;

/** `reverie play`: a world in the browser, at thirty frames a second. */
export function playCommand(): Command {
  return new Command('play')
    .description('Play worlds in the browser.')
    .argument('<world...>', 'folders of worlds, as in worlds/racetrack; of several, the page offers a choice')
    .option(
      '--port <number>',
      `port to listen on (default: ${DEFAULT_PORT}, or the next that is free)`,
      portNumber,
    )
    .option('--host <address>', 'address to listen on; any but this machine asks for a token', LOOPBACK)
    .option(
      '--public-url <address>',
      'where a proxy in front of this machine shows the page, as in https://play.example.com',
      webAddress,
    )
    .option('--open', 'open the page in your browser')
    .option('--bench <seconds>', 'measure how fast the world plays here, without a page', positiveNumber)
    .option(
      '--price <dollars>',
      `what this machine costs an hour, for the cost that the page shows (default: ${DEFAULT_PRICE})`,
      positiveNumber,
    )
    .option('--seed <number>', 'the same start and the same chances every time', wholeNumber)
    .addHelpText(
      'after',
      `
Examples:
  $ reverie play worlds/racetrack                   play on this machine
  $ reverie play worlds/racetrack --open            and open the browser
  $ reverie play worlds/racetrack --host 0.0.0.0    let a phone in the same network play
  $ reverie play worlds/ride worlds/ride-long       choose on the page, or compare the two blind
  $ reverie play worlds/racetrack --bench 60        frame rate and frame times of this machine`,
    )
    .action((worlds: string[], options: Omit<PlayOptions, 'worlds'>) => play({ ...options, worlds }));
}

/**
 * Plays worlds until the user ends it with Ctrl-C, or measures the first.
 *
 * @throws UserError when a world is missing or damaged, or the port is taken
 */
export async function play(options: PlayOptions): Promise<void> {
  if (options.bench !== undefined)
    return measure(options.worlds[0]!, options.bench, options.seed ?? BENCH_SEED);
  const worlds: World[] = [];
  try {
    for (const folder of options.worlds) worlds.push(await openWorld(folder));
    await playWorlds(worlds, options);
  } finally {
    for (const world of worlds) await world.close();
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
