import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ffmpegPath } from '../../src/data/index.ts';

/**
 * How far the picture moves sideways from frame to frame, in pixels, to the left positive, by ffmpeg's vid.stab: an
 * estimator that shares nothing with ours.
 */
export async function vidstabShift(video: string): Promise<number[]> {
  const folder = mkdtempSync(path.join(tmpdir(), 'reverie-vidstab-'));
  const run = (filter: string): void => {
    execFileSync(ffmpegPath(), ['-v', 'error', '-i', path.resolve(video), '-vf', filter, '-f', 'null', '-'], {
      cwd: folder,
    });
  };
  try {
    run('vidstabdetect=shakiness=10:accuracy=10:result=found.trf');
    // With debug the second pass writes the global motion of each frame: number, dx, dy, angle, zoom, flag.
    run('vidstabtransform=input=found.trf:debug=1');
    const lines = readFileSync(path.join(folder, 'global_motions.trf'), 'utf8').split('\n');
    const rows = lines
      .filter((line) => /^\s*\d/.test(line))
      .map((line) => line.trim().split(/\s+/).map(Number));
    // The first row stands for the first frame, which has none before it.
    return rows.slice(1).map((row) => row[1]!);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
