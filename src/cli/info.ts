import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import os from 'node:os';
import { Command } from 'commander';
import { ffmpegPath } from '../data/video/binary.ts';
import { bestBackend, DEVICE_FIXES, providerProblem } from '../engine/index.ts';
import { UserError } from '../errors.ts';

const require = createRequire(import.meta.url);
const GIBIBYTE = 2 ** 30;
const BROWSERS = ['chromium', 'chromium-browser', 'google-chrome'];

/** One line of `reverie info`: what is there, or what is missing and how to get it. */
interface Finding {
  readonly subject: string;
  /** What was found; `undefined` when it is missing. */
  readonly found: string | undefined;
  /** Why it is missing, where more is known than that. */
  readonly why?: string;
  /** The one-line remedy, shown when it is missing. */
  readonly fix: string;
  /** What works without it; Reverie runs all the same. */
  readonly optional: boolean;
}

/** `reverie info`: what this machine has for Reverie to use. */
export function infoCommand(): Command {
  return new Command('info')
    .description('Show what this machine has for Reverie to use, and how to get what is missing.')
    .addHelpText('after', '\nExample:\n  $ reverie info      put its output into a bug report')
    .action(async () => {
      const findings = await inspect();
      const width = Math.max(...findings.map(({ subject }) => subject.length));
      for (const finding of findings) {
        process.stdout.write(`${mark(finding)} ${finding.subject.padEnd(width)}  ${describe(finding)}\n`);
      }
      if (findings.some(isBroken)) process.exitCode = 1;
    });
}

async function inspect(): Promise<Finding[]> {
  return [
    {
      subject: 'Node',
      found: Number(process.versions.node.split('.')[0]) >= 20 ? process.version : undefined,
      fix: `this is ${process.version}: install Node 20 or newer from https://nodejs.org`,
      optional: false,
    },
    {
      subject: 'machine',
      found: `${os.platform()} ${os.arch()}, ${os.availableParallelism()} cores, ${gibibytes(os.totalmem())} memory (${gibibytes(os.freemem())} free)`,
      fix: '',
      optional: false,
    },
    {
      subject: 'device cpu',
      found: await onnxruntime(),
      fix: 'run npm install in the folder of Reverie; on Alpine use a glibc image',
      optional: false,
    },
    provider('webgpu'),
    provider('cuda'),
    {
      subject: 'device tfjs',
      found: (await bestBackend()).where,
      fix: '',
      optional: true,
    },
    {
      subject: 'ffmpeg',
      found: ffmpeg(),
      fix: 'install ffmpeg, or set FFMPEG_PATH to the program',
      optional: false,
    },
    {
      subject: 'JPEG encoder',
      found: packageThatLoads('@julusian/jpeg-turbo'),
      fix: 'run npm install in the folder of Reverie',
      optional: false,
    },
    {
      subject: 'tfjs CUDA',
      found: packageThatLoads('@tensorflow/tfjs-node-gpu'),
      fix: 'for NVIDIA GPUs: npm install --include=optional @tensorflow/tfjs-node-gpu',
      optional: true,
    },
    {
      subject: 'browser',
      found: browser(),
      fix: 'for the browser tests: apt-get install chromium',
      optional: true,
    },
  ];
}

function browser(): string | undefined {
  for (const program of BROWSERS) {
    const version = programVersion(program, '--version');
    if (version !== undefined) return version;
  }
  return undefined;
}

function isBroken({ found, optional }: Finding): boolean {
  return found === undefined && !optional;
}

function mark(finding: Finding): string {
  return finding.found !== undefined ? '✓' : finding.optional ? '–' : '✗';
}

function describe({ found, why, fix, optional }: Finding): string {
  return found ?? `${why ?? (optional ? 'not installed' : 'missing')}; ${fix}`;
}

function gibibytes(bytes: number): string {
  return `${(bytes / GIBIBYTE).toFixed(1)} GiB`;
}

async function onnxruntime(): Promise<string | undefined> {
  try {
    const { listSupportedBackends } = await import('onnxruntime-node');
    const bundled = listSupportedBackends().filter((backend) => backend.bundled);
    const providers = bundled.map((backend) => backend.name).join(', ');
    return `onnxruntime-node ${packageVersion('onnxruntime-node')}: ${providers}`;
  } catch {
    return undefined;
  }
}

/** A device of `reverie train --device`, tried out. */
function provider(name: keyof typeof DEVICE_FIXES): Finding {
  const why = providerProblem(name);
  return {
    subject: `device ${name}`,
    found: why === undefined ? 'works' : undefined,
    ...(why === undefined ? {} : { why }),
    fix: DEVICE_FIXES[name],
    optional: true,
  };
}

function ffmpeg(): string | undefined {
  try {
    const file = ffmpegPath();
    return `${programVersion(file, '-version') ?? 'runs'}, ${file}`;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** The name and version of a package that really loads: optional ones may be there without their binary. */
function packageThatLoads(name: string): string | undefined {
  return attempt(() => {
    require(name);
    return `${name} ${packageVersion(name)}`;
  });
}

function packageVersion(name: string): string {
  const manifest: { version: string } = require(`${name}/package.json`);
  return manifest.version;
}

/** The first line that a program says of itself, `undefined` when it does not run. */
function programVersion(program: string, flag: string): string | undefined {
  const { status, stdout } = spawnSync(program, [flag], { encoding: 'utf8', timeout: 20_000 });
  return status === 0
    ? stdout
        .split('\n')[0]!
        .replace(/ Copyright.*| http.*/, '')
        .trim()
    : undefined;
}

function attempt(find: () => string | undefined): string | undefined {
  try {
    return find();
  } catch {
    return undefined;
  }
}
