import { Command, CommanderError } from 'commander';
import { UserError } from './errors.ts';

/** A command is loaded when it is wanted: `reverie play` should not wait for what trains. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  start: async () => (await import('./cli/start.ts')).startCommand(),
  ingest: async () => (await import('./data/command.ts')).ingestCommand(),
  fetch: async () => (await import('./data/fetch/command.ts')).fetchCommand(),
  train: async () => (await import('./train/command.ts')).trainCommand(),
  export: async () => (await import('./train/command.ts')).exportCommand(),
  eval: async () => (await import('./eval/command.ts')).evalCommand(),
  play: async () => (await import('./serve/command.ts')).playCommand(),
  replay: async () => (await import('./serve/replayCommand.ts')).replayCommand(),
  publish: async () => (await import('./serve/publishCommand.ts')).publishCommand(),
  info: async () => (await import('./cli/info.ts')).infoCommand(),
};

const program = new Command('reverie')
  .description('Interactive video: learn a playable world from the video you filmed.')
  .version('0.1.0')
  .showHelpAfterError('(reverie --help lists the commands)')
  .addHelpText(
    'after',
    `
Examples:
  $ reverie start                      play the world that ships with Reverie
  $ reverie start path/to/my/clips     from your video to a world you play
  $ reverie ingest ride.mp4 --out datasets/ride
  $ reverie train configs/clip-15min.yaml --data datasets/ride --out runs/ride
  $ reverie export runs/ride --out worlds/ride
  $ reverie eval worlds/ride --data datasets/ride
  $ reverie play worlds/ride
  $ reverie publish worlds/ride --out site`,
  );
const named = process.argv[2] === undefined ? undefined : COMMANDS[process.argv[2]];
for (const load of named ? [named] : Object.values(COMMANDS)) {
  const command = await load();
  program.addCommand(command.exitOverride());
}
program.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode;
  } else if (error instanceof UserError) {
    process.stderr.write(`reverie: ${error.message}\n`);
    process.exitCode = 1;
  } else {
    throw error;
  }
}
