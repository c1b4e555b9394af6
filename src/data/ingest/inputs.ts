import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.ts';
import { errorCode } from '../fileSystem.ts';
import { probeVideo, type VideoInfo } from '../video/probe.ts';

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
 * Finds every video among files and folders (folders are searched to the bottom), in the order of their names.
 *
 * @returns the clips and the files that look like videos and are none
 * @throws UserError when a path does not exist, or when no video is left
 */
export async function findClips(inputs: readonly string[]): Promise<{ clips: Clip[]; bad: BadInput[] }> {
  if (inputs.length === 0) throw new UserError('nothing to ingest', 'name one or more videos or folders');
  const clips: Clip[] = [];
  const bad: BadInput[] = [];
  const seen = new Map<string, string>();
  for (const { file, name } of await listFiles(inputs)) {
    const probe = await probeVideo(file);
    if (probe.kind === 'none') {
      bad.push({ file, reason: probe.reason });
      continue;
    }
    const { duration } = probe.video;
    if (duration !== undefined && duration < SHORTEST_SECONDS) {
      bad.push({ file, reason: `it is too short (${duration} s; at least 1 s is needed)` });
      continue;
    }
    const fingerprint = await fingerprintOf(file);
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

async function listFiles(inputs: readonly string[]): Promise<{ file: string; name: string }[]> {
  const found: { file: string; name: string }[] = [];
  for (const input of inputs) {
    const kind = await kindOf(input);
    if (kind === 'file') {
      found.push({ file: input, name: path.basename(input) });
      continue;
    }
    const entries = await readdir(input, { recursive: true, withFileTypes: true });
    for (const entry of entries) {
      const file = path.join(entry.parentPath, entry.name);
      const hidden = path
        .relative(input, file)
        .split(path.sep)
        .some((part) => part.startsWith('.'));
      if (!entry.isFile() || hidden || NOT_VIDEO.has(path.extname(file).toLowerCase())) continue;
      found.push({ file, name: path.relative(input, file).split(path.sep).join('/') });
    }
  }
  const unique = new Map(found.map((item) => [path.resolve(item.file), item]));
  return [...unique.values()].sort((a, b) =>
    a.name < b.name ? -1 : a.name > b.name ? 1 : a.file < b.file ? -1 : 1,
  );
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
