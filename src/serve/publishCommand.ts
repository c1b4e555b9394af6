import { Command } from 'commander';
import { publishWorld } from './publish.ts';

/** `reverie publish`: a world as a web page that needs no server of ours. */
export function publishCommand(): Command {
  return new Command('publish')
    .description('Write a world as a static folder that any web host can serve; it plays in the browser.')
    .argument('<world>', 'folder of the world, as in worlds/racetrack')
    .requiredOption('--out <folder>', 'where to write the site; an older one there is replaced')
    .addHelpText(
      'after',
      `
Examples:
  $ reverie publish worlds/racetrack --out site    then upload the folder, or try it:
  $ npx http-server site                           any web server will do

docs/publish.md says which headers make it several times faster, and how to send them.`,
    )
    .action(async (world: string, { out }: { out: string }) => {
      await publishWorld(world, out);
      process.stdout.write(`published to ${out}: open its index.html through any web server\n`);
    });
}
