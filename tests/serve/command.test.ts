import { afterEach, describe, expect, it, vi } from 'vitest';
import { UserError } from '../../src/errors.ts';
import { play, playCommand } from '../../src/serve/command.ts';
import { openWorld } from '../../src/world/world.ts';
import { fakeWorld } from './fakeWorld.ts';

vi.mock('../../src/world/world.ts', () => ({ openWorld: vi.fn() }));

const written: string[] = [];

function quiet() {
  const take = (text: string | Uint8Array): boolean => written.push(String(text)) > 0;
  vi.spyOn(process.stdout, 'write').mockImplementation(take);
  vi.spyOn(process.stderr, 'write').mockImplementation(take);
}

afterEach(() => {
  vi.restoreAllMocks();
  written.length = 0;
});

describe('play', () => {
  it('measures a world and prints what was asked for', async () => {
    vi.mocked(openWorld).mockResolvedValue(fakeWorld({ width: 64, height: 32 }));
    quiet();
    await play({ worlds: ['worlds/hills'], bench: 0.5 });
    const text = written.join('');
    for (const line of ['time to first frame', 'frames per second', 'p50', 'p99', 'dropped beats']) {
      expect(text).toContain(line);
    }
  });

  it('passes on what is wrong with a world', async () => {
    vi.mocked(openWorld).mockRejectedValue(new UserError('worlds/none is not a world'));
    await expect(play({ worlds: ['worlds/none'] })).rejects.toThrow(UserError);
    await expect(play({ worlds: ['worlds/none'], bench: 1 })).rejects.toThrow(UserError);
  });

  it('closes the world when the port is taken', async () => {
    const world = fakeWorld({ width: 64, height: 32 });
    vi.mocked(openWorld).mockResolvedValue(world);
    await expect(play({ worlds: ['worlds/hills'], host: '203.0.113.7' })).rejects.toThrow(UserError);
    expect(world.closed).toBe(true);
  });
});

describe('playCommand', () => {
  const parse = (...words: string[]) =>
    playCommand()
      .exitOverride()
      .configureOutput({ writeErr: (text) => written.push(text) })
      .parseAsync(['node', 'play', ...words]);

  it.each([
    ['--port', 'high'],
    ['--port', '70000'],
    ['--bench', '-3'],
    ['--bench', 'long'],
    ['--seed', '1.5'],
  ])('refuses %s %s and says why', async (option, value) => {
    await expect(parse('worlds/hills', option, value)).rejects.toThrow(value);
    expect(written.join('')).toContain(`'${value}' is invalid`);
  });

  it('explains itself with examples', () => {
    let help = '';
    playCommand()
      .configureOutput({
        writeOut: (text) => {
          help += text;
        },
      })
      .outputHelp();
    expect(help).toContain('reverie play worlds/racetrack --bench 60');
  });
});
