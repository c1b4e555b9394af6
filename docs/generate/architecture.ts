/** A box of the picture: where it stands in the grid, what it is called, what it does. */
interface Box {
  readonly column: number;
  readonly row: number;
  readonly title: string;
  readonly lines: readonly [string, string];
  /** The folder under `src` that it is written in. */
  readonly folder: string;
}

const BOXES = {
  clip: { column: 0, row: 0, title: 'your video', lines: ['phone, dash-cam,', 'drone, robot'], folder: '' },
  labels: {
    column: 1,
    row: 0,
    title: 'labels',
    lines: ['tracks → camera motion', '→ actions and keys'],
    folder: 'data',
  },
  dataset: {
    column: 2,
    row: 0,
    title: 'dataset',
    lines: ['LeRobot v3.0: parquet,', 'mp4, a card to look at'],
    folder: 'data',
  },
  recipe: {
    column: 0,
    row: 1,
    title: 'recipe',
    lines: ['one YAML file,', 'every key checked'],
    folder: 'configs',
  },
  engine: {
    column: 1,
    row: 1,
    title: 'engine',
    lines: ['tfjs function → one graph', 'with gradients, in place'],
    folder: 'engine',
  },
  training: {
    column: 2,
    row: 1,
    title: 'training',
    lines: ['autoencoder, dynamics,', 'distillation'],
    folder: 'train',
  },
  report: {
    column: 0,
    row: 2,
    title: 'report',
    lines: ['drift, control, memory,', 'beside baselines'],
    folder: 'eval',
  },
  world: {
    column: 1,
    row: 2,
    title: 'world',
    lines: ['four ONNX graphs,', 'first frames, world.json'],
    folder: 'world',
  },
  play: {
    column: 2,
    row: 2,
    title: 'play',
    lines: ['30 frames a second,', 'on a server or in the page'],
    folder: 'serve',
  },
} as const satisfies Record<string, Box>;

type Name = keyof typeof BOXES;

const ARROWS: readonly (readonly [Name, Name])[] = [
  ['clip', 'labels'],
  ['labels', 'dataset'],
  ['dataset', 'training'],
  ['recipe', 'engine'],
  ['engine', 'training'],
  ['training', 'world'],
  ['world', 'play'],
  ['world', 'report'],
];

const SIZE = { width: 230, height: 92 };
const GAP = { x: 70, y: 54 };
const MARGIN = 20;

/** The way from a clip to the screen as a picture, readable on light and dark pages. */
export function architecture(): string {
  const width = 2 * MARGIN + 3 * SIZE.width + 2 * GAP.x;
  const height = 2 * MARGIN + 3 * SIZE.height + 2 * GAP.y;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img" aria-label="From a clip to the screen">
<style>
  .paper { fill: #fff } .box { fill: #f6f7f9; stroke: #c9ced6 } .world { fill: #fff3df; stroke: #e0972a }
  .title { font: 600 17px system-ui, sans-serif; fill: #1d2129 } .line { font-size: 14px; fill: #4b535f } .folder { font: 12px ui-monospace, monospace; fill: #98600e }
  .arrow { fill: none; stroke: #8a929e; stroke-width: 1.6 } .head { fill: #8a929e }
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto"><path class="head" d="M0 0 8 4 0 8z"/></marker></defs>
<rect class="paper" width="${width}" height="${height}" rx="12"/>
${ARROWS.map(([from, to]) => arrow(BOXES[from], BOXES[to])).join('\n')}
${Object.entries(BOXES)
  .map(([name, box]) => drawn(box, name === 'world' ? 'world' : 'box'))
  .join('\n')}
</svg>
`;
}

function corner({ column, row }: Box): { x: number; y: number } {
  return { x: MARGIN + column * (SIZE.width + GAP.x), y: MARGIN + row * (SIZE.height + GAP.y) };
}

function drawn(box: Box, style: string): string {
  const { x, y } = corner(box);
  const text = (style: string, dy: number, words: string): string =>
    `<text class="${style}" x="${x + 16}" y="${y + dy}">${words}</text>`;
  const folder = box.folder === '' || box.folder === 'configs' ? box.folder : `src/${box.folder}`;
  return `<g><rect class="${style}" x="${x}" y="${y}" width="${SIZE.width}" height="${SIZE.height}" rx="10"/>
${text('title', 27, box.title)}<text class="folder" text-anchor="end" x="${x + SIZE.width - 12}" y="${y + 26}">${folder}</text>
${text('line', 53, box.lines[0])}${text('line', 73, box.lines[1])}</g>`;
}

/** A straight arrow between neighbours, or one that leaves at the bottom and arrives at the top. */
function arrow(from: Box, to: Box): string {
  const [a, b] = [corner(from), corner(to)];
  const middle = SIZE.height / 2;
  if (from.row === to.row) {
    const [start, end] = a.x < b.x ? [a.x + SIZE.width, b.x - 3] : [a.x, b.x + SIZE.width + 3];
    return `<path class="arrow" marker-end="url(#head)" d="M${start} ${a.y + middle}H${end}"/>`;
  }
  const [startX, endX] = [a.x + SIZE.width / 2, b.x + SIZE.width / 2];
  const turn = a.y + SIZE.height + GAP.y / 2;
  return `<path class="arrow" marker-end="url(#head)" d="M${startX} ${a.y + SIZE.height}V${turn}H${endX}V${b.y - 3}"/>`;
}
