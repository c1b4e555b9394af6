import { Command } from 'commander';
import { publishWorlds } from './publish.ts';

/** `reverie publish`: worlds as a web page that needs no server of ours. */
export function publishCommand(): Command {
  return new Command('publish')
    .description('Write worlds as a static folder that any web host can serve; they play in the browser.')
    .argument('<world...>', 'folders of worlds, as in worlds/racetrack; of several, the page offers a choice')
    .requiredOption('--out <folder>', 'where to write the site; an older one there is replaced')
    .addHelpText(
      'after',
      `
Examples:
  $ reverie publish worlds/racetrack --out site    then upload the folder, or try it:
  $ npx http-server site                           any web server will do

docs/publish.md says which headers make it several times faster, and how to send them.`,
    )
    .action(async (worlds: string[], { out }: { out: string }) => {
      await publishWorlds(worlds, out);
      process.stdout.write(`published to ${out}: open its index.html through any web server\n`);
    });
}
