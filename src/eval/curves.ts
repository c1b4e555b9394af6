import { from, op } from 'arquero';
import type { Evaluation } from './evaluation.ts';
import type { Score } from './score.ts';

/** What a curve shows: a world, what its autoencoder alone makes of the truth, or the frozen last frame. */
export type SourceKind = 'world' | 'ceiling' | 'copy';

/** Means over all rollouts at one horizon. */
export interface CurvePoint {
  readonly source: string;
  readonly kind: SourceKind;
  readonly horizon: number;
  readonly rollouts: number;
  readonly psnr: number;
  /** Half of the 95 % interval of the mean, from the spread over rollouts. */
  readonly psnrMargin: number;
  readonly ssim: number;
  readonly ssimMargin: number;
  /** Gradient magnitude, of the truth's at the same frames. */
  readonly sharpness: number;
  readonly colourDrift: number;
  /** Change from the frame before, in 8-bit levels. */
  readonly motion: number;
  readonly truthMotion: number;
  /** `motion` of `truthMotion`. */
  readonly motionShare: number;
}

/** The metrics against horizon: the worlds in the order given, then their ceilings, then copy-last-frame. */
export function curves(evaluation: Evaluation): CurvePoint[] {
  const { worlds } = evaluation;
  return [
    ...worlds.flatMap(({ name, scores }) => curve(name, 'world', scores)),
    ...worlds.flatMap(({ name, ceiling }) => curve(`${name}, autoencoder alone`, 'ceiling', ceiling)),
    ...curve('copy last frame', 'copy', evaluation.copyLastFrame),
  ];
}

function curve(source: string, kind: SourceKind, scores: readonly Score[]): CurvePoint[] {
  const table = from([...scores])
    .groupby('horizon')
    .rollup({
      rollouts: op.count(),
      psnr: op.mean('psnr'),
      psnrDeviation: op.stdev('psnr'),
      ssim: op.mean('ssim'),
      ssimDeviation: op.stdev('ssim'),
      sharpness: op.sum('sharpness'),
      truthSharpness: op.sum('truthSharpness'),
      colourDrift: op.mean('colourDrift'),
      motion: op.mean('motion'),
      truthMotion: op.mean('truthMotion'),
    })
    .orderby('horizon')
    .reify();
  return Array.from({ length: table.numRows() }, (_, row) => {
    const cell = (column: string): number => Number(table.get(column, row));
    const rollouts = cell('rollouts');
    return {
      source,
      kind,
      horizon: cell('horizon'),
      rollouts,
      psnr: cell('psnr'),
      psnrMargin: margin(cell('psnrDeviation'), rollouts),
      ssim: cell('ssim'),
      ssimMargin: margin(cell('ssimDeviation'), rollouts),
      sharpness: share(cell('sharpness'), cell('truthSharpness')),
      colourDrift: cell('colourDrift'),
      motion: cell('motion'),
      truthMotion: cell('truthMotion'),
      motionShare: share(cell('motion'), cell('truthMotion')),
    };
  });
}

function margin(deviation: number, count: number): number {
  return (1.96 * deviation) / Math.sqrt(count);
}

/** A part of the truth's amount; where the truth has none, having none counts as 1. */
export function share(part: number, whole: number): number {
  return part === whole ? 1 : part / whole;
}
