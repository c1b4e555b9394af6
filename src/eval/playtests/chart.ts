import type { TopLevelSpec } from 'vega-lite';
import { drawSvg } from '../report/draw.ts';
import type { CurveStyle } from '../report/style.ts';
import type { Reception } from './tabulate.ts';

/** The share of runs without a complaint against time, as SVG: steps down at complaints, with 95 % bands. */
export function complaintSvg(
  receptions: readonly Reception[],
  styles: readonly CurveStyle[],
): Promise<string> {
  const x = { field: 'time', type: 'quantitative', title: 'seconds played' } as const;
  const scale = { domain: [0, 1] };
  const color = {
    field: 'source',
    type: 'nominal',
    scale: { domain: styles.map(({ source }) => source), range: styles.map(({ colour }) => colour) },
    legend: null,
  } as const;
  const specification: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: 'share of runs without a complaint against time',
    width: 480,
    height: 220,
    title: { text: 'Runs without a complaint so far', anchor: 'start' },
    data: { values: receptions.flatMap(pointsOf) },
    layer: [
      {
        mark: { type: 'area', opacity: 0.12, interpolate: 'step-after' },
        encoding: {
          x,
          y: { field: 'low', type: 'quantitative', scale, title: null },
          y2: { field: 'high' },
          color,
        },
      },
      {
        mark: { type: 'line', strokeWidth: 2, interpolate: 'step-after' },
        encoding: {
          x,
          y: { field: 'share', type: 'quantitative', scale, title: null, axis: { format: '~%' } },
          color,
        },
      },
    ],
  };
  return drawSvg(specification);
}

interface Point {
  readonly source: string;
  readonly time: number;
  readonly share: number;
  readonly low: number;
  readonly high: number;
}

/** The corners of a curve, from the start of play to the end of the longest run. */
function pointsOf({ name: source, curve, longest }: Reception): Point[] {
  const corners = curve.map(({ time, survival: share, interval }): Point => {
    const { low, high } = interval ?? { low: share, high: share };
    return { source, time, share, low, high };
  });
  const points = [{ source, time: 0, share: 1, low: 1, high: 1 }, ...corners];
  return [...points, { ...points.at(-1)!, time: longest }];
}
