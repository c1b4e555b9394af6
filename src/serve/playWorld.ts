import { spawn } from 'node:child_process';
import type { World } from '../world/types.ts';
import { startServer } from './server.ts';

export interface PlayWorldOptions {
  /** Left out: the default port or the next that is free. */
  readonly port?: number | undefined;
  /** Left out: this machine only. */
  readonly host?: string | undefined;
  /** Opens the page in the user's browser. */
  readonly open?: boolean | undefined;
  readonly seed?: number | undefined;
}

/** The address that only this machine reaches. */
export const LOOPBACK = '127.0.0.1';

/** Serves a loaded world, says where, and returns after Ctrl-C; the world stays open. */
export async function playWorld(world: World, options: PlayWorldOptions): Promise<void> {
  const server = await startServer({
    world,
    host: options.host ?? LOOPBACK,
    port: options.port,
    seed: options.seed,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`playing ${world.manifest.name} at ${server.url}\n`);
  if (options.open) openInBrowser(server.url);
  await untilInterrupted();
  await server.close();
}

function untilInterrupted(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => resolve());
    process.once('SIGTERM', () => resolve());
  });
}

function openInBrowser(url: string): void {
  const [command, ...before] =
    process.platform === 'darwin'
      ? ['open']
      : process.platform === 'win32'
        ? ['cmd', '/c', 'start', '""']
        : ['xdg-open'];
  const child = spawn(command!, [...before, url], { stdio: 'ignore', detached: true });
  child.on('error', () => process.stderr.write('no browser could be opened; open the address above\n'));
  child.unref();
}
