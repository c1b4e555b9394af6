import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { ColumnTable } from 'arquero';
import { type ColumnSource, parquetWriteBuffer } from 'hyparquet-writer';
import { writeAtomically } from '../../data/fileSystem.ts';
import { encodeVideo } from '../../data/index.ts';
import { tile } from '../../data/pictures.ts';
import { type Evaluation, shownStarts } from '../evaluation.ts';
import { comparisons, comparisonTable, results, resultTable } from '../results.ts';
import { type Summary, summarize, summaryMarkdown } from '../summary.ts';
import { type Film, reportPage } from './page.ts';

/** Pixels between the pictures of a film. */
const GAP = 4;

/**
 * Writes an evaluation into a folder: `metrics.parquet` and `metrics.csv` (every number), `differences.csv` (paired
 * tests), `summary.md` (the table of the terminal, for a card), `films/` (the truth and what each source made of it,
 * side by side) and last `report.html`, which holds the films too and needs no other file. Each file appears
 * complete or not at all, and the same evaluation gives the same bytes.
 *
 * @returns the path of the report, and what it says in short
 */
export async function writeReport(
  evaluation: Evaluation,
  folder: string,
): Promise<{ readonly report: string; readonly summary: Summary }> {
  const rows = results(evaluation);
  const differences = comparisons(evaluation);
  const summary = summarize(evaluation, rows);
  const numbers = resultTable(rows);
  await writeAtomically(path.join(folder, 'metrics.csv'), `${numbers.toCSV()}\n`);
  await writeAtomically(path.join(folder, 'metrics.parquet'), parquet(numbers));
  await writeAtomically(path.join(folder, 'differences.csv'), `${comparisonTable(differences).toCSV()}\n`);
  await writeAtomically(path.join(folder, 'summary.md'), summaryMarkdown(summary));
  const films = await writeFilms(evaluation, path.join(folder, 'films'));
  const report = path.join(folder, 'report.html');
  await writeAtomically(report, await reportPage(evaluation, rows, differences, summary, films));
  return { report, summary };
}

function parquet(table: ColumnTable): Uint8Array {
  const whole = new Set(['horizon', 'rollouts']);
  const decimal = new Set(['value', 'low', 'high']);
  const columnData = table.columnNames().map((name): ColumnSource => {
    const cells = Array.from(table.array(name), (cell) => cell ?? null);
    const type = whole.has(name) ? 'INT32' : decimal.has(name) ? 'DOUBLE' : 'STRING';
    return { name, data: cells, type, nullable: true };
  });
  return new Uint8Array(parquetWriteBuffer({ columnData }));
}

async function writeFilms(
  { starts, sources, settings, dataset }: Evaluation,
  folder: string,
): Promise<Film[]> {
  const order = ['real', 'world', 'autoencoder', 'flow', 'copy'];
  const columns = [...sources].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
  const films: Film[] = [];
  for (const index of shownStarts(starts.length)) {
    const shown = columns.map((source) => source.shown.get(index)!);
    const frames = Array.from({ length: settings.horizon + 1 }, (_, horizon) =>
      tile([shown.map(({ before, frames }) => (horizon === 0 ? before : frames[horizon - 1]!))], GAP),
    );
    const { width, height } = frames[0]!;
    const file = path.join(folder, `clip-${String(index).padStart(2, '0')}.mp4`);
    await encodeVideo(
      file,
      frames.map(({ rgb }) => rgb),
      { width, height, fps: dataset.fps },
    );
    films.push({
      start: index,
      columns: columns.map(({ name }) => name),
      sequences: shown,
      video: await readFile(file),
    });
  }
  return films;
}
