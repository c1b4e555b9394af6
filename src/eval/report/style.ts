import type { CurvePoint, SourceKind } from '../curves.ts';

/** How a source is drawn in every chart and in the legend. */
export interface CurveStyle {
  readonly source: string;
  readonly kind: SourceKind | 'truth';
  readonly colour: string;
}

const WORLD_COLOURS = 6;

/** A world has a colour and a solid line; its autoencoder the same colour, dotted; copy-last-frame is grey. */
export function curveStyles(points: readonly CurvePoint[]): CurveStyle[] {
  const styles: CurveStyle[] = [];
  const count = { world: 0, ceiling: 0, copy: 0 };
  for (const { source, kind } of points) {
    if (styles.some((style) => style.source === source)) continue;
    const number = count[kind]++ % WORLD_COLOURS;
    styles.push({ source, kind, colour: kind === 'copy' ? 'var(--muted)' : `var(--world-${number})` });
  }
  return styles;
}

/** SVG dash pattern of a kind of curve. */
export function dashOf(kind: CurveStyle['kind']): number[] {
  return kind === 'ceiling' ? [2, 3] : kind === 'copy' ? [7, 4] : [1, 0];
}
