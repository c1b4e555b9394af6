import { type ColumnTable, from } from 'arquero';
import { type CurvePoint, curves, type SourceKind, share } from './curves.ts';
import type { EvaluatedWorld, Evaluation } from './evaluation.ts';
import { actionShuffleRatio } from './metrics/actionShuffle.ts';
import { bootstrapInterval } from './metrics/bootstrap.ts';

const HORIZONS = [1, 10, 30];

/** One line of the summary: a world or a baseline. Control is measured for worlds only. */
export interface SummaryRow {
  readonly source: string;
  readonly kind: SourceKind;
  readonly rollouts: number;
  /** PSNR at the horizons of `summaryHorizons`. */
  readonly psnr: readonly number[];
  /** At the last horizon. */
  readonly ssim: number;
  /** At the last horizon, of the truth's. */
  readonly sharpness: number;
  /** Over the whole rollouts, of the truth's. */
  readonly motion: number;
  readonly shuffle: { readonly ratio: number; readonly low: number; readonly high: number } | undefined;
  readonly turnAgreement: number | undefined;
}

/** The horizons the summary speaks of: 1, 10, 30 as far as the rollouts reach, and their end. */
export function summaryHorizons(horizon: number): number[] {
  return [...HORIZONS.filter((value) => value < horizon), horizon];
}

/** The few numbers to compare worlds by, one row per world and baseline. */
export function summarize(evaluation: Evaluation): SummaryRow[] {
  const points = curves(evaluation);
  const sources = [...new Set(points.map((point) => point.source))];
  return sources.map((source) => {
    const own = points.filter((point) => point.source === source);
    const world = evaluation.worlds.find(({ name }) => name === source);
    return summaryRow(own, evaluation, world);
  });
}

function summaryRow(
  points: readonly CurvePoint[],
  { settings }: Evaluation,
  world: EvaluatedWorld | undefined,
): SummaryRow {
  const last = points.at(-1)!;
  return {
    source: last.source,
    kind: last.kind,
    rollouts: last.rollouts,
    psnr: summaryHorizons(settings.horizon).map((horizon) => points[horizon - 1]!.psnr),
    ssim: last.ssim,
    sharpness: last.sharpness,
    motion: share(sum(points.map((point) => point.motion)), sum(points.map((point) => point.truthMotion))),
    shuffle: world && {
      ratio: actionShuffleRatio(world.pairs),
      ...bootstrapInterval(world.pairs, actionShuffleRatio, settings.seed),
    },
    turnAgreement: world?.turnAgreement,
  };
}

/** The summary as a table of numbers, for files; what was not measured is left empty. */
export function summaryValues(rows: readonly SummaryRow[], horizon: number): ColumnTable {
  const horizons = summaryHorizons(horizon);
  return from(
    rows.map((row) => ({
      source: row.source,
      kind: row.kind,
      rollouts: row.rollouts,
      ...Object.fromEntries(horizons.map((h, i) => [`psnr${h}`, row.psnr[i]!])),
      [`ssim${horizon}`]: row.ssim,
      [`sharpness${horizon}`]: row.sharpness,
      motion: row.motion,
      actionShuffle: row.shuffle?.ratio,
      actionShuffleLow: row.shuffle?.low,
      actionShuffleHigh: row.shuffle?.high,
      turnAgreement: row.turnAgreement,
    })),
  );
}

/** The summary as a table of texts, ready to print or to set in HTML. */
export function summaryTable(rows: readonly SummaryRow[], horizon: number): ColumnTable {
  const horizons = summaryHorizons(horizon);
  return from(
    rows.map((row) => ({
      ' ': row.source,
      rollouts: String(row.rollouts),
      ...Object.fromEntries(horizons.map((h, i) => [`PSNR@${h}`, row.psnr[i]!.toFixed(2)])),
      [`SSIM@${horizon}`]: row.ssim.toFixed(3),
      [`sharpness@${horizon}`]: percent(row.sharpness),
      motion: percent(row.motion),
      'action shuffle (95\u00a0%)': row.shuffle === undefined ? '–' : shuffleText(row.shuffle),
      'turn agreement': row.turnAgreement === undefined ? '–' : row.turnAgreement.toFixed(2),
    })),
  );
}

/** The table for a terminal: columns padded, first column to the left, numbers to the right. */
export function tableText(table: ColumnTable): string {
  const names = table.columnNames();
  const lines = [names, ...rowTexts(table)];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column]!.length)));
  return lines
    .map((line) =>
      line.map((text, c) => (c === 0 ? text.padEnd(widths[c]!) : text.padStart(widths[c]!))).join('  '),
    )
    .join('\n');
}

/** The cells of a table of texts, row by row. */
export function rowTexts(table: ColumnTable): string[][] {
  const names = table.columnNames();
  return Array.from({ length: table.numRows() }, (_, row) =>
    names.map((name) => String(table.get(name, row))),
  );
}

function shuffleText({ ratio, low, high }: NonNullable<SummaryRow['shuffle']>): string {
  const digits = ratio < 10 ? 2 : 0;
  return `${ratio.toFixed(digits)} (${low.toFixed(digits)}–${high.toFixed(digits)})`;
}

function percent(share: number): string {
  return Number.isFinite(share) ? `${Math.round(share * 100)} %` : '∞';
}

function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}
