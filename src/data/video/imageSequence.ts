import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';

/** Numbered pictures in a folder that together are a video. */
export interface ImageSequence {
  /** Files in the order of the numbers in their names. */
  readonly files: readonly string[];
  /** The name that ffmpeg has for their format. */
  readonly codec: 'mjpeg' | 'png';
}

const CODECS: Readonly<Record<string, ImageSequence['codec']>> = {
  '.jpg': 'mjpeg',
  '.jpeg': 'mjpeg',
  '.png': 'png',
};
/** Fewer pictures than this are illustrations. */
const FEWEST = 10;

/** The frame rate that a sequence is taken to have when nobody says. */
export const SEQUENCE_FPS = 30;

/** Finds the image sequence that a folder is: its pictures of the kind that most of them have; undefined if none. */
export async function imageSequence(folder: string): Promise<ImageSequence | undefined> {
  if (!(await stat(folder)).isDirectory()) return undefined;
  const names = await readdir(folder);
  const kinds = (['mjpeg', 'png'] as const).map((codec) => ({
    codec,
    files: names.filter(
      (name) => !name.startsWith('.') && CODECS[path.extname(name).toLowerCase()] === codec,
    ),
  }));
  const { codec, files } = kinds.reduce((most, kind) =>
    kind.files.length > most.files.length ? kind : most,
  );
  if (files.length < FEWEST) return undefined;
  const inOrder = files.toSorted(new Intl.Collator('en', { numeric: true }).compare);
  return { codec, files: inOrder.map((name) => path.join(folder, name)) };
}

/** The pictures one after another, as ffmpeg's `image2pipe` reads them. */
export async function* imageBytes(files: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const file of files) {
    for await (const chunk of createReadStream(file)) yield chunk;
  }
}
