import { PNG } from 'pngjs';
import type { Dataset } from '../types.ts';

/** Pictures evenly spaced over some episodes. */
export interface ContactSheet {
  readonly title: string;
  readonly png: Buffer;
}

const COLUMNS = 6;
const EPISODES = 8;

/** One row of pictures for each of up to eight episodes spread over the dataset. */
export async function contactSheets(dataset: Dataset): Promise<ContactSheet[]> {
  const { episodes, width, height } = dataset.info;
  const rows = Math.min(EPISODES, episodes.length);
  const sheets: ContactSheet[] = [];
  for (let row = 0; row < rows; row++) {
    const episode = episodes[Math.floor((row * episodes.length) / rows)]!;
    const sheet = new PNG({ width: COLUMNS * width, height });
    for (let column = 0; column < COLUMNS; column++) {
      const t = Math.floor(((column + 0.5) * episode.length) / COLUMNS);
      paste(sheet, await dataset.frames(episode, t, 1), column * width, width);
    }
    const seconds = `${episode.startSeconds.toFixed(1)}–${(episode.startSeconds + episode.length / dataset.info.fps).toFixed(1)} s`;
    sheets.push({ title: `${episode.source}, ${seconds}, ${episode.split}`, png: PNG.sync.write(sheet) });
  }
  return sheets;
}

function paste(sheet: PNG, rgb: Uint8Array, left: number, width: number): void {
  for (let i = 0; i < rgb.length / 3; i++) {
    const at = 4 * (Math.floor(i / width) * sheet.width + left + (i % width));
    sheet.data.set(rgb.subarray(3 * i, 3 * i + 3), at);
    sheet.data[at + 3] = 255;
  }
}
