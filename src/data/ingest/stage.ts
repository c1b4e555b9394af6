import { createHash } from 'node:crypto';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { MOTIONS } from '../../world/manifest.ts';
import { asUserError, readIfThere, writeAtomically } from '../fileSystem.ts';
import type { ClipAnalysis } from './clipAnalysis.ts';

/** Raise it when the analysis or the encoding changes, so that what older versions made is made again. */
export const STAGE_VERSION = 3;

const FOLDER = '.ingest';
const HASH_WORDS = 4;
const SERIES = [
  'displacement',
  'confidence',
  'brightness',
  'texture',
  'contrast',
  'change',
  'redistribution',
  'followed',
  'hash',
] as const satisfies readonly (keyof ClipAnalysis)[];

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

  async readAnalysis(key: string): Promise<ClipAnalysis | undefined> {
    const text = await readIfThere(this.path(`clip-${key}.csv`));
    return text === undefined ? undefined : parseAnalysis(text);
  }

  /** Keeps an analysis; returns it as it will be read again, which is rounded. */
  async writeAnalysis(key: string, analysis: ClipAnalysis): Promise<ClipAnalysis> {
    const text = formatAnalysis(analysis);
    await writeAtomically(this.path(`clip-${key}.csv`), text);
    return parseAnalysis(text);
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

// Finishing a dataset replaces folders named data, videos and meta, which must not be somebody's own.
async function refuseForeign(dataset: string): Promise<void> {
  if (!existsSync(dataset)) return;
  const names = await readdir(dataset);
  if (names.length === 0 || names.includes(FOLDER)) return;
  throw new UserError(
    `${dataset} holds other files (${names.slice(0, 3).join(', ')}) and is no dataset of Reverie`,
    'choose a new folder with --out',
  );
}

function widthOf(series: (typeof SERIES)[number]): number {
  return series === 'displacement' ? MOTIONS.length : series === 'hash' ? HASH_WORDS : 1;
}

function columnNames(series: (typeof SERIES)[number]): readonly string[] {
  if (series === 'displacement') return MOTIONS;
  return widthOf(series) === 1
    ? [series]
    : Array.from({ length: widthOf(series) }, (_, i) => `${series}${i}`);
}

function formatAnalysis(analysis: ClipAnalysis): string {
  const lines = [SERIES.flatMap(columnNames).join(',')];
  for (let t = 0; t < analysis.frames; t++) {
    const row = SERIES.flatMap((series) => {
      const width = widthOf(series);
      return Array.from(analysis[series].subarray(t * width, (t + 1) * width), (value) =>
        String(Number(value.toPrecision(7))),
      );
    });
    lines.push(row.join(','));
  }
  return `${lines.join('\n')}\n`;
}

function parseAnalysis(text: string): ClipAnalysis {
  const rows = text
    .trimEnd()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
  const column = (series: (typeof SERIES)[number]): Float64Array => {
    const from = SERIES.slice(0, SERIES.indexOf(series)).reduce((sum, name) => sum + widthOf(name), 0);
    return Float64Array.from(rows.flatMap((row) => row.slice(from, from + widthOf(series))));
  };
  return {
    frames: rows.length,
    displacement: column('displacement'),
    confidence: column('confidence'),
    brightness: column('brightness'),
    texture: column('texture'),
    contrast: column('contrast'),
    change: column('change'),
    redistribution: column('redistribution'),
    followed: column('followed'),
    hash: column('hash'),
  };
}
