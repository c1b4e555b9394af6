import { spawn } from 'node:child_process';
import type { World } from '../world/types.ts';
import { startServer } from './server.ts';

export interface PlayWorldsOptions {
  /** Left out: the default port or the next that is free. */
  readonly port?: number | undefined;
  /** Left out: this machine only. */
  readonly host?: string | undefined;
  /** Where a proxy in front of this machine shows the page. */
  readonly publicUrl?: URL | undefined;
  /** Opens the page in the user's browser. */
  readonly open?: boolean | undefined;
  readonly seed?: number | undefined;
  /** List price of this machine in dollars an hour. */
  readonly price?: number | undefined;
}

/** The address that only this machine reaches. */
export const LOOPBACK = '127.0.0.1';

/** Serves loaded worlds, says where, and returns after Ctrl-C; the worlds stay open. */
export async function playWorlds(worlds: readonly World[], options: PlayWorldsOptions): Promise<void> {
  const server = await startServer({
    worlds,
    host: options.host ?? LOOPBACK,
    port: options.port,
    publicUrl: options.publicUrl,
    seed: options.seed,
    price: options.price,
    report: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(
    `playing ${worlds.map(({ manifest }) => manifest.name).join(', ')} at ${server.url}\n`,
  );
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
