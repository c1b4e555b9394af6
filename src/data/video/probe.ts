import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { ffmpegPath } from './binary.ts';

/** What ffmpeg says of a video file. */
export interface VideoInfo {
  /** Size as it is shown: display rotation and non-square pixels applied. */
  readonly width: number;
  readonly height: number;
  /** Display rotation in degrees clockwise: 0, 90, 180 or 270. */
  readonly rotation: number;
  /**
   * Frames per second as an exact ratio where the rate is a broadcast one: the average, or where frames are missing
   * here and there the rate at which those that are there stand.
   */
  readonly fps: number;
  /** Duration in seconds, undefined where the container does not say. */
  readonly duration: number | undefined;
  /** Whether its brightness is coded for a high dynamic range (PQ or HLG). */
  readonly hdr: boolean;
}

/** How much finer the grid of timestamps may be than the average rate. */
const FINER_GRID = 1.9;

/** The outcome of a probe: a video, or why there is none. */
export type Probe =
  | { readonly kind: 'video'; readonly video: VideoInfo }
  | { readonly kind: 'none'; readonly reason: string };

/**
 * Asks ffmpeg what a file holds, from the text that `ffmpeg -i` prints (no ffprobe needed).
 *
 * @param file path of the file
 * @returns the first video stream that is not a cover picture, or a reason in words
 */
export async function probeVideo(file: string): Promise<Probe> {
  if ((await stat(file)).size === 0) return { kind: 'none', reason: 'the file is empty (0 bytes)' };
  return parseProbe(await describe(file));
}

function describe(file: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(ffmpegPath(), ['-hide_banner', '-nostdin', '-i', file], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let text = '';
    child.stderr.setEncoding('utf8');
    child.stderr.on('data', (chunk: string) => {
      text += chunk;
    });
    child.on('error', reject);
    child.on('close', () => resolve(text));
  });
}

/** Reads the text that `ffmpeg -i` prints about a file. */
export function parseProbe(text: string): Probe {
  const streams = text.split(/^\s*Stream #/m).slice(1);
  if (streams.length === 0) {
    const last = text.trim().split('\n').at(-1) ?? '';
    const reason = /moov atom not found/.test(text)
      ? 'its index is missing, as in recordings and copies that were cut off'
      : last.slice(last.lastIndexOf(': ') + 1).trim();
    return { kind: 'none', reason: `ffmpeg cannot read it (${reason})` };
  }
  const stream = streams.find((part) => /: Video: /.test(part) && !/attached pic/.test(part));
  if (stream === undefined) return { kind: 'none', reason: 'it has no video, only sound or pictures' };
  const header = stream.split('\n')[0] ?? '';
  const size = /, (\d+)x(\d+)/.exec(header);
  const fps = parseRate(header);
  if (size === null || fps === undefined) {
    return { kind: 'none', reason: `its video has no size or frame rate (${header.trim()})` };
  }
  const rotation = parseRotation(stream);
  const aspect = /SAR (\d+):(\d+)/.exec(header);
  const stretch = aspect === null || aspect[1] === '0' ? 1 : Number(aspect[1]) / Number(aspect[2]);
  const shown: [number, number] = [Math.round(Number(size[1]) * stretch), Number(size[2])];
  const turned = rotation === 90 || rotation === 270;
  const [width, height] = turned ? [shown[1], shown[0]] : shown;
  return {
    kind: 'video',
    video: {
      ...{ width, height, rotation },
      fps,
      duration: parseDuration(text),
      hdr: /smpte2084|arib-std-b67/.test(header),
    },
  };
}

function parseRotation(stream: string): number {
  const tag = /rotate\s*:\s*(-?\d+)/.exec(stream);
  const matrix = /displaymatrix: rotation of (-?[\d.]+) degrees/.exec(stream);
  const degrees = tag ? Number(tag[1]) : matrix ? -Number(matrix[1]) : 0;
  return (((Math.round(degrees / 90) * 90) % 360) + 360) % 360;
}

function parseDuration(text: string): number | undefined {
  const match = /Duration: (\d+):(\d+):([\d.]+)/.exec(text);
  return match ? Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]) : undefined;
}

/**
 * ffmpeg's guess of the grid that timestamps stand on (`tbr`) is of use only where it is a little finer than the average:
 * it counts fields of interlaced video, and is the clock's own rate where there is no grid.
 */
function parseRate(header: string): number | undefined {
  const [average, grid] = ['fps', 'tbr'].map((unit) => {
    const found = new RegExp(` ([\\d.]+k?) ${unit}`).exec(header)?.[1];
    return found === undefined ? undefined : exactRate(found);
  });
  if (average === undefined || grid === undefined) return average ?? grid;
  return grid > average && grid < FINER_GRID * average ? grid : average;
}

// ffmpeg prints two decimals: 29.97 stands for 30000/1001, and the difference is a frame every two hours.
function exactRate(text: string): number {
  const value = text.endsWith('k') ? Number(text.slice(0, -1)) * 1000 : Number(text);
  const broadcast = (Math.round(value) * 1000) / 1001;
  return Math.abs(value - Math.round(value)) > 0.001 && Math.abs(value - broadcast) < 0.006
    ? broadcast
    : value;
}
