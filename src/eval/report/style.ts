import type { SourceKind } from '../types.ts';

/** How a source is drawn in every chart and in the legend. */
export interface CurveStyle {
  readonly source: string;
  readonly kind: SourceKind;
  readonly colour: string;
}

const WORLD_COLOURS = 6;

/** A world has a colour and a solid line; its autoencoder the same colour, dotted; everything else is grey. */
export function curveStyles(
  sources: readonly { readonly name: string; readonly kind: SourceKind }[],
): CurveStyle[] {
  const count = { world: 0, autoencoder: 0 };
  return sources.map(({ name, kind }) => {
    const coloured = kind === 'world' || kind === 'autoencoder';
    const colour = coloured
      ? `var(--world-${count[kind]++ % WORLD_COLOURS})`
      : kind === 'real'
        ? 'var(--ink)'
        : 'var(--muted)';
    return { source: name, kind, colour };
  });
}

/** SVG dash pattern of a kind of curve. */
export function dashOf(kind: SourceKind): number[] {
  return { world: [1, 0], autoencoder: [2, 3], flow: [1, 4], copy: [7, 4], real: [10, 3, 2, 3] }[kind];
}
