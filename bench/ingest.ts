/**
 * How fast footage becomes a dataset, and its card is written, beside ffmpeg only decoding the same file:
 *
 *   npx tsx bench/ingest.ts [--clip <video>] [--seconds 120]
 *
 * The clip is made 720p at 30 frames a second and 5 Mbit/s, and repeated to the length asked for; without one, the
 * rendered town is taken. Processor time, that of ffmpeg included, says on a busy machine what an idle one would need
 * (Linux only).
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeCard } from '../src/data/card/card.ts';
import { ffmpegPath, ingest, openDataset, renderSample } from '../src/data/index.ts';

const { values } = parseArgs({
  options: { clip: { type: 'string' }, seconds: { type: 'string', default: '120' } },
});
const seconds = Number(values.seconds);
const folder = mkdtempSync(path.join(tmpdir(), 'reverie-ingest-'));

function ffmpeg(...options: string[]): void {
  execFileSync(ffmpegPath(), ['-v', 'error', '-nostdin', '-y', ...options], { stdio: 'pipe' });
}

interface Cost {
  /** Seconds on the clock. */
  readonly wall: number;
  /** Seconds of processor time of this process and those that it started. */
  readonly processor: number;
}

async function costOf(work: () => unknown): Promise<Cost> {
  const started = performance.now();
  const before = processorSeconds();
  await work();
  return { wall: (performance.now() - started) / 1000, processor: processorSeconds() - before };
}

/** utime, stime, cutime and cstime of proc(5), in hundredths of a second. */
function processorSeconds(): number {
  if (!existsSync('/proc/self/stat')) return Number.NaN;
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]!.split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) / 100;
}

function line(what: string, { wall, processor }: Cost): string {
  const pace = (1000 * processor) / (seconds * 30);
  return `${what}: ${wall.toFixed(1)} s, ${(seconds / wall).toFixed(1)}× real time; ${processor.toFixed(1)} s of processor time, ${pace.toFixed(2)} ms a frame`;
}

try {
  const source = values.clip ?? (await renderSample(folder, townSize()));
  const video = path.join(folder, 'clip.mp4');
  const picture = 'scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,fps=30';
  ffmpeg(
    ...['-stream_loop', '-1', '-i', source, '-t', String(seconds), '-an', '-vf', picture],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '5M', '-pix_fmt', 'yuv420p', video],
  );
  const decoding = await costOf(() => ffmpeg('-i', video, '-map', '0:V:0', '-f', 'null', '-'));
  const out = path.join(folder, 'dataset');
  // The repeated clip is cut at its seams and found to repeat itself; that is no matter here.
  const ingesting = await costOf(() => ingest({ inputs: [video], out }));
  const card = await costOf(async () => writeCard(await openDataset(out)));
  process.stdout.write(
    [
      line(`ingest, ${seconds} s of 720p at 30 fps`, ingesting),
      line('its card', card),
      line('ffmpeg, decoding alone', decoding),
      `ingest takes ${(ingesting.processor / decoding.processor).toFixed(2)} times the processor time of decoding`,
      '',
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function townSize(): { seconds: number; width: number; height: number; fps: number; seed: number } {
  return { seconds: 8, width: 640, height: 360, fps: 30, seed: 2 };
}
