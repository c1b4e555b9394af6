import { spawnSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { createRequire } from 'node:module';
import { UserError } from '../../errors.ts';

const require = createRequire(import.meta.url);

let resolved: string | undefined;

/**
 * Finds an ffmpeg that runs: `FFMPEG_PATH`, then the package ffmpeg-static, the system's, and the binary that
 * comes inside @ffmpeg-installer/ffmpeg. Each candidate is started once with `-version`.
 *
 * @throws UserError when none runs, or when `FFMPEG_PATH` is set and does not run
 */
export function ffmpegPath(): string {
  resolved ??= resolve();
  return resolved;
}

function resolve(): string {
  const configured = process.env.FFMPEG_PATH;
  if (configured) {
    if (runs(configured)) return configured;
    throw new UserError(
      `FFMPEG_PATH is ${configured}, which does not run`,
      'point it to an ffmpeg program or unset it',
    );
  }
  for (const candidate of [fromStaticPackage(), 'ffmpeg', fromInstallerPackage()]) {
    if (candidate !== undefined && runs(candidate)) return candidate;
  }
  throw new UserError('no ffmpeg found', 'install ffmpeg, or set FFMPEG_PATH to the program');
}

function runs(file: string): boolean {
  return spawnSync(file, ['-version'], { stdio: 'ignore' }).status === 0;
}

function fromStaticPackage(): string | undefined {
  try {
    const file: unknown = require('ffmpeg-static');
    return typeof file === 'string' ? file : undefined;
  } catch {
    return undefined;
  }
}

function fromInstallerPackage(): string | undefined {
  try {
    const installer: unknown = require('@ffmpeg-installer/ffmpeg');
    if (typeof installer !== 'object' || installer === null || !('path' in installer)) return undefined;
    if (typeof installer.path !== 'string') return undefined;
    allowExecution(installer.path);
    return installer.path;
  } catch {
    return undefined;
  }
}

// The package sets the execute bit in an install script, and install scripts are often switched off.
function allowExecution(file: string): void {
  try {
    chmodSync(file, 0o755);
  } catch {
    // Somebody else's folder: the version check that follows decides whether it runs.
  }
}
