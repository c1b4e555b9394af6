import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { COMMANDS } from '../../src/cli/commands.ts';
import { blocks, commands, pages, ROOT } from './pages.ts';

const scripts = z
  .object({ scripts: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8'))).scripts;

describe('the pages', () => {
  it('have blocks only in languages that are run or plainly not ours to run', () => {
    const known = new Set(['', 'sh', 'ts', 'nginx', 'apache', 'text']);
    expect(blocks().filter(({ language }) => !known.has(language))).toEqual([]);
  });

  it('link to files that are there', () => {
    const broken = pages().flatMap(({ name, text }) =>
      [...text.matchAll(/\]\(([^)#:\s]+)(?:#[^)]*)?\)/g)]
        .map(([, target]) => path.join(ROOT, path.dirname(name), target!))
        .filter((target) => !existsSync(target))
        .map((target) => `${name}: ${path.relative(ROOT, target)}`),
    );
    expect(broken).toEqual([]);
  });

  it('show some commands', () => {
    expect(commands().length).toBeGreaterThan(20);
  });

  it.each(commands())('show a command that exists: %s', async (line) => {
    for (const command of line.split(' && ')) await understand(command.split(' '));
  });
});

/** Fails where a command, one of its options or a file that it names does not exist. */
async function understand(words: readonly string[]): Promise<void> {
  const [first, second, ...rest] = words;
  if (/^\w+=/.test(first!)) return understand(words.slice(1));
  if (first === 'mpirun')
    return understand(words.slice(words.findIndex((word) => word === 'npx' || word === 'reverie')));
  if (first === 'reverie') return parse(words.slice(1));
  if (first === 'npx' && second === 'reverie') return parse(rest);
  if (first === 'npx' && (second === 'tsx' || (second === 'vitest' && rest[0] === 'run'))) {
    const file = rest.find((word) => word.endsWith('.ts'));
    if (file !== undefined) expect(existsSync(path.join(ROOT, file)), file).toBe(true);
    return;
  }
  if (first === 'npm' && second === 'start') return parse(['start', ...rest.filter((word) => word !== '--')]);
  if (first === 'npm' && second === 'run') return expect(Object.keys(scripts)).toContain(rest[0]);
  if (first === 'npm') return expect(['ci', 'test', 'install', 'rebuild', 'pack', 'warn']).toContain(second);
  if (first === 'bash' || first === 'node' || first?.startsWith('python')) {
    return expect(existsSync(path.join(ROOT, second!)), second).toBe(true);
  }
  throw new Error(`nobody knows what ${words.join(' ')} is`);
}

/** Reads the arguments as the command line would, and does nothing. */
async function parse([name, ...args]: readonly string[]): Promise<void> {
  if (name === '--help' || name === '--version') return;
  const load = COMMANDS[name ?? ''];
  if (!load) throw new Error(`there is no reverie ${name}`);
  const command = await load();
  // What stands for more to come, as in `mpirun … npx reverie train …`, stands for valid arguments.
  if (args.includes('…') || args.length === 0 || args[0]!.startsWith('--')) {
    const known = command.options.map(({ long }) => long);
    for (const option of args.filter((word) => word.startsWith('--'))) {
      if (option !== '--help') expect(known).toContain(option.split('=')[0]);
    }
    return;
  }
  command.exitOverride().action(() => undefined);
  await command.parseAsync(args, { from: 'user' });
}
