/**
 * How fast footage becomes a dataset, card included, beside ffmpeg only decoding the same file:
 *
 *   npx tsx bench/ingest.ts [--clip <video>] [--seconds 120]
 *
 * The clip is made 720p at 30 frames a second and 5 Mbit/s, and repeated to the length asked for; without one, the
 * rendered town is taken.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { writeCard } from '../src/data/card/card.ts';
import { ffmpegPath, ingest, renderSample } from '../src/data/index.ts';

const { values } = parseArgs({
  options: { clip: { type: 'string' }, seconds: { type: 'string', default: '120' } },
});
const seconds = Number(values.seconds);
const folder = mkdtempSync(path.join(tmpdir(), 'reverie-ingest-'));

function ffmpeg(...options: string[]): void {
  execFileSync(ffmpegPath(), ['-v', 'error', '-nostdin', '-y', ...options], { stdio: 'pipe' });
}

async function secondsOf(work: () => unknown): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}

try {
  const source = values.clip ?? (await renderSample(folder, townSize()));
  const video = path.join(folder, 'clip.mp4');
  const picture = 'scale=1280:720:force_original_aspect_ratio=increase,crop=1280:720,fps=30';
  ffmpeg(
    ...['-stream_loop', '-1', '-i', source, '-t', String(seconds), '-an', '-vf', picture],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-b:v', '5M', '-pix_fmt', 'yuv420p', video],
  );
  const decoding = await secondsOf(() => ffmpeg('-i', video, '-map', '0:V:0', '-f', 'null', '-'));
  const ingesting = await secondsOf(async () => {
    // The repeated clip would be cut at its seams and found to repeat itself; that is no matter here.
    await writeCard(await ingest({ inputs: [video], out: path.join(folder, 'dataset') }));
  });
  process.stdout.write(
    [
      `ingest, ${seconds} s of 720p at 30 fps: ${ingesting.toFixed(1)} s, ${(seconds / ingesting).toFixed(1)}× real time`,
      `ffmpeg, decoding alone: ${decoding.toFixed(1)} s, ${(seconds / decoding).toFixed(1)}× real time`,
      `ingest takes ${(ingesting / decoding).toFixed(2)} times as long`,
      '',
    ].join('\n'),
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function townSize(): { seconds: number; width: number; height: number; fps: number; seed: number } {
  return { seconds: 8, width: 640, height: 360, fps: 30, seed: 2 };
}
