import type { TopLevelSpec } from 'vega-lite';
import { chartSvg } from '../../data/card/chart.ts';
import type { StagedLine } from '../runLog.ts';

/** Points of a curve that a chart shows, at most. */
const MOST = 240;

/** The loss of a stage by step as SVG: of the batches, averaged over neighbours, and of held-out ones as points. */
export function lossCurve(stage: string, lines: readonly StagedLine[]): Promise<string> {
  const own = lines.filter((line) => line.stage === stage);
  const held = own.flatMap(({ step, heldOut }) => (heldOut === undefined ? [] : [{ step, loss: heldOut }]));
  const specification: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    description: `loss of the ${stage} by step`,
    width: 420,
    height: 200,
    layer: [
      {
        data: { values: thinned(own) },
        mark: { type: 'line', color: 'var(--accent)', strokeWidth: 1.5 },
        encoding: encoding(),
      },
      {
        data: { values: held },
        mark: { type: 'point', color: 'var(--ink)', filled: true, size: 28 },
        encoding: encoding(),
      },
    ],
  };
  return chartSvg(specification);
}

function encoding() {
  return {
    x: { field: 'step', type: 'quantitative', title: 'step' },
    y: { field: 'loss', type: 'quantitative', title: null, scale: { zero: false, nice: true } },
  } as const;
}

/** Means over as many neighbours as bring a curve to the size of a chart. */
function thinned(lines: readonly StagedLine[]): { step: number; loss: number }[] {
  const points = lines.flatMap(({ step, loss }) => (loss === undefined ? [] : [{ step, loss }]));
  const group = Math.ceil(points.length / MOST);
  return Array.from({ length: Math.ceil(points.length / Math.max(1, group)) }, (_, index) => {
    const near = points.slice(index * group, (index + 1) * group);
    return { step: near.at(-1)!.step, loss: near.reduce((sum, { loss }) => sum + loss, 0) / near.length };
  });
}
