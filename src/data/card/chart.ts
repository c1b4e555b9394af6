import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** Draws a vega-lite chart as SVG, in the colours of the card's style sheet. */
export async function chartSvg(specification: TopLevelSpec): Promise<string> {
  const styled: TopLevelSpec = {
    ...specification,
    config: {
      background: 'transparent',
      font: 'system-ui, sans-serif',
      view: { stroke: null },
      title: { color: 'var(--ink)', fontSize: 13, anchor: 'start' },
      axis: {
        ...{ labelColor: 'var(--muted)', titleColor: 'var(--muted)', gridColor: 'var(--line)' },
        ...{ domain: false, tickColor: 'var(--line)', titleFontWeight: 'normal' },
      },
      legend: { labelColor: 'var(--muted)', titleColor: 'var(--muted)' },
      mark: { color: '#2563c9' },
      header: { labelColor: 'var(--muted)', titleColor: 'var(--muted)' },
    },
  };
  const view = new View(parse(compile(styled).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
