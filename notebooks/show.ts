import { encodePng, tile } from 'reverie/data';
import type { Frame } from 'reverie/world';
import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';

/** What a notebook shows when a cell's last value is this: its forms by media type. */
interface Shown {
  readonly [display: symbol]: () => Record<string, string>;
}

function shown(forms: Record<string, string>): Shown {
  return { [Symbol.for('Jupyter.display')]: () => forms };
}

/** Rows of frames as one picture, each pixel `enlarge` wide and high. */
export function pictures(rows: readonly (readonly Frame[])[], enlarge = 1): Shown {
  const { width, height, rgb } = tile(rows, 2);
  const large = { width: width * enlarge, height: height * enlarge };
  const data = new Uint8Array(large.width * large.height * 3);
  for (let y = 0; y < large.height; y++) {
    for (let x = 0; x < large.width; x++) {
      const from = (Math.floor(y / enlarge) * width + Math.floor(x / enlarge)) * 3;
      data.set(rgb.subarray(from, from + 3), (y * large.width + x) * 3);
    }
  }
  return shown({ 'image/png': encodePng({ ...large, rgb: data }).toString('base64') });
}

/** Frames at even distances, first and last included. */
export function everyNth(frames: readonly Frame[], count: number): Frame[] {
  return Array.from(
    { length: count },
    (_, i) => frames[Math.round((i * (frames.length - 1)) / (count - 1))]!,
  );
}

/** Frames that a dataset gives as bytes, one by one. */
export function framesOf(bytes: Uint8Array, width: number, height: number): Frame[] {
  const size = width * height * 3;
  return Array.from({ length: bytes.length / size }, (_, t) => ({
    width,
    height,
    rgb: bytes.subarray(t * size, (t + 1) * size),
  }));
}

/** A vega-lite chart as SVG, which reads everywhere. */
export async function chart(specification: TopLevelSpec): Promise<Shown> {
  const view = new View(parse(compile({ background: 'white', ...specification }).spec), { renderer: 'none' });
  try {
    return shown({ 'image/svg+xml': await view.toSVG() });
  } finally {
    view.finalize();
  }
}

/** A table of the rows' values under the names of the first row's. */
export function table(rows: readonly Readonly<Record<string, string | number | undefined>>[]): Shown {
  const names = Object.keys(rows[0] ?? {});
  const text = (value: string | number | undefined): string =>
    typeof value === 'number' ? String(Number(value.toPrecision(4))) : (value ?? '–');
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return shown({
    'text/markdown': [
      line(names),
      line(names.map(() => '---')),
      ...rows.map((row) => line(names.map((name) => text(row[name])))),
    ].join('\n'),
  });
}
