import type { EvaluatedSource, Evaluation } from './evaluation.ts';
import type { Question } from './metrics/metric.ts';
import type { Result } from './results.ts';
import { textTable } from './textTable.ts';
import type { SourceKind } from './types.ts';

/** The few numbers to judge worlds by: a line for each metric, a column for each source. */
export interface Summary {
  readonly sources: readonly { readonly name: string; readonly kind: SourceKind }[];
  readonly lines: readonly SummaryLine[];
}

/** One metric in all sources. */
export interface SummaryLine {
  readonly question: Question;
  readonly title: string;
  readonly better: string;
  /** In the order of the sources. */
  readonly cells: readonly Result[];
}

const HORIZONS = [1, 5, 10, 30, 60];

/** PSNR is shown at some horizons and the end too, every other metric over the whole rollouts. */
export function summarize(evaluation: Evaluation, rows: readonly Result[]): Summary {
  const { metrics, sources, settings } = evaluation;
  const horizons = [...HORIZONS.filter((value) => value < settings.horizon), settings.horizon];
  const lines = metrics.flatMap((metric): SummaryLine[] => {
    const own = rows.filter((row) => row.metric === metric);
    const line = (title: string, horizon: number | undefined): SummaryLine => ({
      question: metric.question,
      title,
      better: metric.better,
      cells: sources.map(({ name }) => cell(own, name, horizon)),
    });
    return [
      line(metric.title, undefined),
      ...(metric.id === 'psnr' ? horizons.map((h) => line(`${metric.title} at frame ${h}`, h)) : []),
    ];
  });
  return { sources: sources.map(({ name, kind }: EvaluatedSource) => ({ name, kind })), lines };
}

function cell(rows: readonly Result[], source: string, horizon: number | undefined): Result {
  const found = rows.find((row) => row.source === source && row.horizon === horizon);
  if (found === undefined) throw new Error(`no result of ${source} at ${horizon}`);
  return found;
}

/** A number in its unit, with its interval where it has one; a dash where it was not determined. */
export function cellText({ value, interval, metric }: Result): string {
  if (value === undefined) return '–';
  const unit = metric.unit === '' ? '' : `\u00a0${metric.unit}`;
  if (interval === undefined) return `${number(value, metric.unit)}${unit}`;
  const range = [interval.low, interval.high].map((end) => number(end, metric.unit)).join('…');
  return `${number(value, metric.unit)}${unit} (${range})`;
}

/** The summary as a Markdown table, for the card of a world. */
export function summaryMarkdown({ sources, lines }: Summary): string {
  const row = (cells: readonly string[]): string =>
    `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |\n`;
  return [
    row(['', ...sources.map(({ name }) => name)]),
    `|---|${'---:|'.repeat(sources.length)}\n`,
    ...lines.map(({ title, cells }) => row([title, ...cells.map(cellText)])),
  ].join('');
}

/** The summary for a terminal, first column to the left, the numbers to the right. */
export function summaryText({ sources, lines }: Summary): string {
  const rows = [
    ['', ...sources.map(({ name }) => name)],
    ...lines.map(({ title, cells }) => [title, ...cells.map(cellText)]),
  ];
  return textTable(rows);
}

/** As many digits as mean something: two behind the point, none from 100 on. */
export function number(value: number, unit: string): string {
  if (Math.abs(value) >= 100 || unit === '%') return value.toFixed(0);
  return value.toFixed(unit === 'frames' ? 1 : 2);
}
