import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { MOTIONS } from '../../world/manifest.ts';
import { asUserError, readIfThere, writeAtomically } from '../fileSystem.ts';

/** Raise it when the analysis or the encoding changes, so that what older versions made is made again. */
export const STAGE_VERSION = 9;

const FOLDER = '.ingest';
/** Numbers a frame has in each column of a table that is not named here: one. */
const WIDTHS: Readonly<Record<string, number>> = { displacement: MOTIONS.length, hash: 4 };

/** Series of a clip by name, each with some numbers for every frame. */
export type Table<Name extends string> = Readonly<Record<Name, Float64Array>>;

/**
 * What an ingest has finished so far, inside the dataset's folder: the analysis of each clip and the videos
 * and statistics of each episode, each under a key that says what it was made from. An interrupted run goes on
 * from there, and a changed input or option has another key and is made anew.
 */
export class Stage {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(dataset: string): Promise<Stage> {
    const folder = path.join(dataset, FOLDER);
    try {
      await refuseForeign(dataset);
      await mkdir(folder, { recursive: true });
      removeUnfinished(dataset);
    } catch (error) {
      throw asUserError(error, dataset);
    }
    return new Stage(folder);
  }

  /** The file of a finished piece of work. */
  path(name: string): string {
    return path.join(this.folder, name);
  }

  /** Reads a table that was kept, undefined where there is none. */
  async readTable<Name extends string>(
    name: string,
    series: readonly Name[],
  ): Promise<Table<Name> | undefined> {
    const text = await readIfThere(this.path(name));
    return text === undefined ? undefined : parseTable(text, series);
  }

  /** Keeps a table; returns it as it will be read again, which is rounded. */
  async writeTable<Name extends string>(
    name: string,
    series: readonly Name[],
    table: Table<Name>,
  ): Promise<Table<Name>> {
    const text = formatTable(table, series);
    await writeAtomically(this.path(name), text);
    return parseTable(text, series);
  }

  /** Removes what no key in `used` refers to. */
  async prune(used: ReadonlySet<string>): Promise<void> {
    for (const name of await readdir(this.folder)) {
      if (!used.has(name)) await rm(this.path(name), { force: true });
    }
  }
}

/** A name for what is made from `parts`: the same parts give the same name, until `STAGE_VERSION` is raised. */
export function keyOf(...parts: readonly unknown[]): string {
  return createHash('sha256')
    .update(JSON.stringify([STAGE_VERSION, ...parts]))
    .digest('hex')
    .slice(0, 20);
}

/** Removes files that an interrupted run was writing. */
export function removeUnfinished(dataset: string): void {
  const folder = path.join(dataset, FOLDER);
  if (!existsSync(folder)) return;
  for (const name of readdirSync(folder)) {
    if (name.includes('.partial')) rmSync(path.join(folder, name), { force: true });
  }
}

/**
 * Refuses a folder that is not a dataset's: finishing one replaces folders named data, videos and meta, which must not
 * be somebody's own.
 *
 * @throws UserError that names what is there
 */
export async function refuseForeign(dataset: string): Promise<void> {
  if (!existsSync(dataset)) return;
  const names = await readdir(dataset);
  if (names.length === 0 || names.includes(FOLDER)) return;
  throw new UserError(
    `${dataset} holds other files (${names.slice(0, 3).join(', ')}) and is no dataset of Reverie`,
    'choose a new folder with --out',
  );
}

function widthOf(series: string): number {
  return WIDTHS[series] ?? 1;
}

function formatTable<Name extends string>(table: Table<Name>, series: readonly Name[]): string {
  const head = series.flatMap((name) =>
    widthOf(name) === 1 ? [name] : Array.from({ length: widthOf(name) }, (_, i) => `${name}${i}`),
  );
  const first = series[0]!;
  const frames = table[first].length / widthOf(first);
  const lines = Array.from({ length: frames }, (_, t) =>
    series
      .flatMap((name) =>
        Array.from(table[name].subarray(t * widthOf(name), (t + 1) * widthOf(name)), (value) =>
          String(Number(value.toPrecision(7))),
        ),
      )
      .join(','),
  );
  return `${[head.join(','), ...lines].join('\n')}\n`;
}

function parseTable<Name extends string>(text: string, series: readonly Name[]): Table<Name> {
  const rows = text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  let from = 0;
  const columns = series.map((name) => {
    const [left, right] = [from, from + widthOf(name)];
    from = right;
    return [name, Float64Array.from(rows.flatMap((row) => row.slice(left, right)))] as const;
  });
  // The keys are those of `series`, which Object.fromEntries cannot express.
  return Object.fromEntries(columns) as Table<Name>;
}
