import { PNG } from 'pngjs';
import type { Frame } from '../world/types.ts';

/** Puts frames of one size into a grid, with a gap of grey pixels between them. */
export function tile(rows: readonly (readonly Frame[])[], gap: number): Frame {
  const { width, height } = rows[0]![0]!;
  const columns = Math.max(...rows.map((row) => row.length));
  const sheetWidth = columns * width + (columns - 1) * gap;
  const sheetHeight = rows.length * height + (rows.length - 1) * gap;
  const rgb = new Uint8Array(sheetWidth * sheetHeight * 3).fill(128);
  for (const [r, row] of rows.entries()) {
    for (const [c, frame] of row.entries()) {
      for (let y = 0; y < height; y++) {
        const line = frame.rgb.subarray(y * width * 3, (y + 1) * width * 3);
        rgb.set(line, ((r * (height + gap) + y) * sheetWidth + c * (width + gap)) * 3);
      }
    }
  }
  return { width: sheetWidth, height: sheetHeight, rgb };
}

/** A frame as a PNG file; equal frames give equal bytes. */
export function encodePng({ width, height, rgb }: Frame): Buffer {
  const png = new PNG({ width, height });
  for (let i = 0; i < width * height; i++) {
    png.data.set(rgb.subarray(3 * i, 3 * i + 3), 4 * i);
    png.data[4 * i + 3] = 255;
  }
  return PNG.sync.write(png, { colorType: 2 });
}
