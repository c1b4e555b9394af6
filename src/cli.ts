import { Command, CommanderError } from 'commander';
import { COMMANDS } from './cli/commands.ts';
import { UserError } from './errors.ts';

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
