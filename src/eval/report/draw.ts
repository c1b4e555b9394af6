import { parse, View } from 'vega';
import { type Config, compile, type TopLevelSpec } from 'vega-lite';

const INK = 'var(--muted)';
const GRID = 'var(--line)';

/** How every chart looks; its colours are custom properties of the page, so it follows light and dark. */
const THEME: Config = {
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
};

/** Draws a chart in the look of the report. */
export async function drawSvg(specification: TopLevelSpec): Promise<string> {
  const view = new View(parse(compile(specification, { config: THEME }).spec), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return svg;
}
