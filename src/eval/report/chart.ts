import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import type { CurvePoint } from '../curves.ts';
import { type CurveStyle, dashOf } from './style.ts';

/** A metric to draw against horizon. */
export interface Chart {
  readonly title: string;
  readonly field: 'psnr' | 'ssim' | 'sharpness' | 'motionShare' | 'colourDrift';
  /** Half of an interval around `field`, drawn as a band. */
  readonly margin?: 'psnrMargin' | 'ssimMargin';
  readonly format: string;
  readonly zero: boolean;
}

const INK = 'var(--muted)';
const GRID = 'var(--line)';

/** A metric against horizon as SVG; colours are custom properties of the page, so it follows light and dark. */
export async function chartSvg(
  chart: Chart,
  points: readonly CurvePoint[],
  styles: readonly CurveStyle[],
): Promise<string> {
  const view = new View(parse(compile(specification(chart, points, styles)).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}

function specification(
  chart: Chart,
  points: readonly CurvePoint[],
  styles: readonly CurveStyle[],
): TopLevelSpec {
  const { field, margin } = chart;
  const sources = styles.map((style) => style.source);
  const x = { field: 'horizon', type: 'quantitative', title: 'frames imagined' } as const;
  const colour = {
    field: 'source',
    type: 'nominal',
    scale: { domain: sources, range: styles.map((style) => style.colour) },
    legend: null,
  } as const;
  const scale = { zero: chart.zero, nice: true };
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `${chart.title} against horizon`,
    width: 420,
    height: 220,
    title: { text: chart.title, anchor: 'start' },
    data: {
      values: points.map((point) => ({
        source: point.source,
        horizon: point.horizon,
        value: point[field],
        low: point[field] - (margin === undefined ? 0 : point[margin]),
        high: point[field] + (margin === undefined ? 0 : point[margin]),
      })),
    },
    layer: [
      ...(margin === undefined
        ? []
        : [
            {
              mark: { type: 'area', opacity: 0.15 } as const,
              encoding: {
                x,
                y: { field: 'low', type: 'quantitative', scale, title: null } as const,
                y2: { field: 'high' },
                color: colour,
              },
            },
          ]),
      {
        mark: { type: 'line', strokeWidth: 2, point: points.every((point) => point.horizon === 1) } as const,
        encoding: {
          x,
          y: {
            field: 'value',
            type: 'quantitative',
            scale,
            title: null,
            axis: { format: chart.format },
          } as const,
          color: colour,
          strokeDash: {
            field: 'source',
            type: 'nominal',
            scale: { domain: sources, range: styles.map((style) => dashOf(style.kind)) },
            legend: null,
          } as const,
        },
      },
    ],
    config: {
      background: 'transparent',
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      title: { color: 'var(--ink)', fontSize: 14, fontWeight: 600, offset: 12 },
      axis: {
        labelColor: INK,
        titleColor: INK,
        titleFontWeight: 'normal',
        labelFontSize: 11,
        gridColor: GRID,
        domain: false,
        tickColor: GRID,
        tickCount: 5,
      },
      axisX: { grid: false, tickCount: 6 },
    },
  };
}
