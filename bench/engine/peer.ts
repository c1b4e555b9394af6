import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { OPTIMISER, RATE, type Subject } from './subjects.ts';

export interface Runs {
  readonly seconds: readonly number[];
  readonly processor: readonly number[];
  readonly losses: readonly number[];
  /** Peak resident memory of the process so far, in bytes. */
  readonly peak: number;
}

/** PyTorch in a process of its own, training the same subject from the same parameters on the same batch. */
export interface Peer {
  readonly version: string;
  run(mode: 'eager' | 'compiled', steps: number): Promise<Runs>;
  close(): Promise<void>;
}

/** Starts PyTorch on a subject, or says why it cannot. */
export async function startPeer(
  subject: Subject,
  params: ReadonlyMap<string, Float32Array>,
  threads: number,
): Promise<Peer | string> {
  const python = process.env.REVERIE_PYTHON ?? 'python3';
  if (spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status !== 0) {
    return `${python} cannot import torch: not compared with PyTorch (set REVERIE_PYTHON to a Python that can)`;
  }
  const folder = await mkdtemp(join(tmpdir(), 'reverie-bench-'));
  await writeSubject(folder, subject, params, threads);
  const child = spawn(python, ['-u', fileURLToPath(new URL('peer.py', import.meta.url))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ask = requests(child);
  const { version } = (await ask({ load: folder })) as { version: string };
  return {
    version,
    run: async (mode, steps) => (await ask({ run: mode, steps })) as Runs,
    async close() {
      child.stdin!.end();
      await rm(folder, { recursive: true });
    },
  };
}

async function writeSubject(
  folder: string,
  { name, config, objective, batch }: Subject,
  params: ReadonlyMap<string, Float32Array>,
  threads: number,
): Promise<void> {
  const shapes = (specs: Readonly<Record<string, { readonly shape: readonly number[] }>>): object =>
    Object.fromEntries(Object.entries(specs).map(([key, { shape }]) => [key, shape]));
  const facts = {
    name,
    config,
    threads,
    settings: { ...OPTIMISER, rate: RATE },
    parameters: shapes(objective.parameters),
    batch: shapes(objective.batch),
  };
  await writeFile(join(folder, 'subject.json'), JSON.stringify(facts));
  for (const [key, data] of [...params, ...Object.entries(batch)])
    await writeFile(join(folder, `${key}.f32`), data);
}

/** Sends a line of JSON and waits for the line that answers it. */
function requests(child: ChildProcess): (request: object) => Promise<unknown> {
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return async (request) => {
    child.stdin!.write(`${JSON.stringify(request)}\n`);
    const { value, done } = await lines.next();
    if (done) throw new Error('PyTorch ended; what it said is above');
    return JSON.parse(value);
  };
}
