import type { TopLevelSpec } from 'vega-lite';
import type { Metric } from '../metrics/metric.ts';
import type { Result } from '../results.ts';
import { drawSvg } from './draw.ts';
import { type CurveStyle, dashOf } from './style.ts';

/**
 * A metric against horizon as SVG; colours are custom properties of the page, so it follows light and dark.
 *
 * @param points of this metric's curves, of any source
 */
export function chartSvg(
  metric: Metric,
  points: readonly Result[],
  styles: readonly CurveStyle[],
): Promise<string> {
  return drawSvg(specification(metric, points, styles));
}

function specification(
  metric: Metric,
  points: readonly Result[],
  styles: readonly CurveStyle[],
): TopLevelSpec {
  const x = { field: 'horizon', type: 'quantitative', title: 'frames imagined' } as const;
  const colour = {
    field: 'source',
    type: 'nominal',
    scale: { domain: styles.map(({ source }) => source), range: styles.map((style) => style.colour) },
    legend: null,
  } as const;
  const scale = { zero: metric.unit !== 'dB', nice: true };
  const title = metric.unit === '' ? metric.title : `${metric.title}, ${metric.unit}`;
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${metric.title} against horizon`,
    width: 420,
    height: 220,
    title: { text: title, anchor: 'start' },
    data: {
      values: points.map(({ source, horizon, value, interval }) => ({
        source,
        horizon,
        value,
        low: interval?.low ?? null,
        high: interval?.high ?? null,
      })),
    },
    layer: [
      {
        transform: [{ filter: 'datum.low !== null' }],
        mark: { type: 'area', opacity: 0.15 } as const,
        encoding: {
          x,
          y: { field: 'low', type: 'quantitative', scale, title: null } as const,
          y2: { field: 'high' },
          color: colour,
        },
      },
      {
        mark: {
          type: 'line',
          strokeWidth: 2,
          point: new Set(points.map(({ horizon }) => horizon)).size === 1,
        } as const,
        encoding: {
          x,
          y: {
            field: 'value',
            type: 'quantitative',
            scale,
            title: null,
            axis: { format: '~f' },
          } as const,
          color: colour,
          strokeDash: {
            field: 'source',
            type: 'nominal',
            scale: {
              domain: styles.map(({ source }) => source),
              range: styles.map((style) => dashOf(style.kind)),
            },
            legend: null,
          } as const,
        },
      },
    ],
  };
}
