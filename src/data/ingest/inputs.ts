import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { glob } from 'tinyglobby';
import { UserError } from '../../errors.ts';
import { errorCode } from '../fileSystem.ts';
import { imageSequence, SEQUENCE_FPS } from '../video/imageSequence.ts';
import { type Probe, probeVideo, type VideoInfo } from '../video/probe.ts';

/** A video that will be read. */
export interface Clip {
  readonly file: string;
  /** The name that reports and metadata use. */
  readonly name: string;
  readonly video: VideoInfo;
  /** Identifies the content: the same bytes have the same fingerprint wherever they lie. */
  readonly fingerprint: string;
}

/** A file that cannot be used. */
export interface BadInput {
  readonly file: string;
  readonly reason: string;
}

/** Files that plainly hold no video are passed over in folders without a word. */
const NOT_VIDEO = new Set(
  '.csv .txt .md .json .jsonl .yaml .yml .jpg .jpeg .png .gpx .srt .pdf .zip .parquet .html .log .py .ts'.split(
    ' ',
  ),
);
const SHORTEST_SECONDS = 0.5;

/**
 * Finds every video among files, folders and glob patterns, in the order of their names. Folders are searched to
 * the bottom; one with numbered pictures and no video beside them is an image sequence.
 *
 * @param sequenceFps the frame rate that image sequences have
 * @returns the clips and the files that look like videos and are none
 * @throws UserError when a path does not exist, or when no video is left
 */
export async function findClips(
  inputs: readonly string[],
  sequenceFps: number = SEQUENCE_FPS,
): Promise<{ clips: Clip[]; bad: BadInput[] }> {
  if (inputs.length === 0) throw new UserError('nothing to ingest', 'name one or more videos or folders');
  const clips: Clip[] = [];
  const bad: BadInput[] = [];
  const seen = new Map<string, string>();
  for (const { file, name, sequence } of await listFiles(inputs)) {
    const probe = sequence ? await probeSequence(file, sequenceFps) : await probeVideo(file);
    if (probe.kind === 'none') {
      bad.push({ file, reason: probe.reason });
      continue;
    }
    const { duration } = probe.video;
    if (duration !== undefined && duration < SHORTEST_SECONDS) {
      bad.push({ file, reason: `it is too short (${duration} s; at least 1 s is needed)` });
      continue;
    }
    const fingerprint = sequence ? await fingerprintOfSequence(file) : await fingerprintOf(file);
    const twin = seen.get(fingerprint);
    if (twin !== undefined) {
      bad.push({ file, reason: `it is the same video as ${twin}` });
      continue;
    }
    seen.set(fingerprint, file);
    clips.push({ file, name, video: probe.video, fingerprint });
  }
  if (clips.length > 0) return { clips, bad };
  const [first] = bad;
  if (first === undefined) {
    throw new UserError(`no video in ${inputs.join(', ')}`, 'name files or folders that hold video');
  }
  const others = bad.length > 1 ? ` (and ${bad.length - 1} more like it)` : '';
  throw new UserError(`${first.file}: ${first.reason}${others}`, 'give a video with a moving camera');
}

interface Found {
  readonly file: string;
  readonly name: string;
  /** Whether it is a folder of pictures. */
  readonly sequence: boolean;
}

async function listFiles(inputs: readonly string[]): Promise<Found[]> {
  const found: Found[] = [];
  for (const input of (await Promise.all(inputs.map(expand))).flat()) {
    if ((await kindOf(input)) === 'file') {
      found.push({ file: input, name: path.basename(input), sequence: false });
      continue;
    }
    const inside = await videosIn(input);
    found.push(...inside, ...(await sequencesIn(input, inside)));
  }
  const unique = new Map(found.map((item) => [path.resolve(item.file), item]));
  return [...unique.values()].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.file < b.file ? -1 : 1,
  );
}

/** What a pattern like `trip/*.mp4` stands for; anything that is there by that very name stands for itself. */
async function expand(input: string): Promise<string[]> {
  if (!/[*?[{]/.test(input) || (await stat(input).catch(() => undefined)) !== undefined) return [input];
  const matches = await glob(input.split(path.sep).join('/'), { onlyFiles: false, expandDirectories: false });
  if (matches.length === 0) throw new UserError(`nothing matches ${input}`, 'check the pattern');
  return matches.toSorted();
}

async function videosIn(folder: string): Promise<Found[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.flatMap((entry) => {
    const file = path.join(entry.parentPath, entry.name);
    const name = path.relative(folder, file).split(path.sep).join('/');
    const hidden = name.split('/').some((part) => part.startsWith('.'));
    if (!entry.isFile() || hidden || NOT_VIDEO.has(path.extname(file).toLowerCase())) return [];
    return [{ file, name, sequence: false }];
  });
}

/** Folders of pictures; those beside a video are its thumbnails. */
async function sequencesIn(folder: string, videos: readonly Found[]): Promise<Found[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const inside = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'));
  const folders = [folder, ...inside.map((entry) => path.join(entry.parentPath, entry.name))];
  const found: Found[] = [];
  for (const candidate of folders) {
    if (videos.some(({ file }) => path.dirname(file) === candidate)) continue;
    if ((await imageSequence(candidate)) === undefined) continue;
    const name = path.relative(folder, candidate).split(path.sep).join('/');
    found.push({ file: candidate, name: name || path.basename(path.resolve(folder)), sequence: true });
  }
  return found;
}

async function probeSequence(folder: string, fps: number): Promise<Probe> {
  const files = (await imageSequence(folder))?.files ?? [];
  const probe = await probeVideo(files[0] ?? folder);
  if (probe.kind === 'none') return probe;
  return { kind: 'video', video: { ...probe.video, fps, duration: files.length / fps } };
}

async function kindOf(input: string): Promise<'file' | 'folder'> {
  try {
    return (await stat(input)).isDirectory() ? 'folder' : 'file';
  } catch (error) {
    if (errorCode(error) === 'ENOENT') throw new UserError(`no such file or folder: ${input}`);
    throw error;
  }
}

const FINGERPRINT_BYTES = 1 << 20;

/** A hash of the size and of the first and last megabyte: large files need not be read through. */
async function fingerprintOf(file: string): Promise<string> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const hash = createHash('sha256').update(String(size));
    for (const position of [0, Math.max(0, size - FINGERPRINT_BYTES)]) {
      const { buffer, bytesRead } = await handle.read(
        Buffer.alloc(FINGERPRINT_BYTES),
        0,
        FINGERPRINT_BYTES,
        position,
      );
      hash.update(buffer.subarray(0, bytesRead));
    }
    return hash.digest('hex').slice(0, 16);
  } finally {
    await handle.close();
  }
}

/** A hash of the names and sizes of all pictures and of the bytes of the first and the last. */
async function fingerprintOfSequence(folder: string): Promise<string> {
  const files = (await imageSequence(folder))?.files ?? [];
  const hash = createHash('sha256');
  for (const file of files) hash.update(`${path.basename(file)} ${(await stat(file)).size}\n`);
  for (const file of [files[0], files.at(-1)]) if (file !== undefined) hash.update(await fingerprintOf(file));
  return hash.digest('hex').slice(0, 16);
}
