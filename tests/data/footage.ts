import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ffmpegPath } from '../../src/data/index.ts';

/** A new folder for the files of a test. */
export function scratch(): string {
  return mkdtempSync(path.join(tmpdir(), 'reverie-data-'));
}

/** Runs ffmpeg. */
export function ffmpeg(...args: string[]): void {
  execFileSync(ffmpegPath(), ['-v', 'error', '-nostdin', '-y', ...args], { stdio: 'pipe' });
}

/** The folder of real clips with ground truth, undefined (with a line that says so) where it is not there. */
export function realVideo(name: string): string | undefined {
  const folder = path.resolve(import.meta.dirname, '../../../shared/realvideo', name);
  if (existsSync(folder)) return folder;
  process.stdout.write(`skipped: no real clips at ${folder}\n`);
  return undefined;
}

/** Pearson's correlation. */
export function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (of: (i: number) => number): number => a.reduce((total, _, i) => total + of(i), 0);
  const covariance = sum((i) => (a[i]! - ma) * (b[i]! - mb));
  return covariance / Math.sqrt(sum((i) => (a[i]! - ma) ** 2) * sum((i) => (b[i]! - mb) ** 2));
}

/** The numbers of a CSV, without its head. */
export function readNumbers(text: string): number[][] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(',').map(Number));
}
