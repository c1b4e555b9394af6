import { describe, expect, it } from 'vitest';
import { loadOpenCv } from '../../src/data/egomotion/opencv.ts';
import { Tracker } from '../../src/data/egomotion/tracker.ts';
import { median } from '../../src/data/statistics.ts';

const [WIDTH, HEIGHT] = [192, 144];

/** A picture that is known everywhere, taken at a place, a turn and a size: waves and soft blobs. */
function picture(shiftX: number, shiftY: number, turn: number, zoom: number): Uint8Array {
  const grey = new Uint8Array(WIDTH * HEIGHT);
  for (let y = 0; y < HEIGHT; y++) {
    for (let x = 0; x < WIDTH; x++) {
      const [u, v] = [(x - WIDTH / 2) / zoom, (y - HEIGHT / 2) / zoom];
      const a = u * Math.cos(turn) + v * Math.sin(turn) - shiftX;
      const b = v * Math.cos(turn) - u * Math.sin(turn) - shiftY;
      const waves = Math.sin(0.31 * a + 0.05 * b) + Math.cos(0.27 * b - 0.11 * a) + Math.sin(0.9 * a) / 2;
      const blobs = Math.sin(0.045 * a * Math.cos(0.02 * b)) + Math.cos(0.7 * b) / 3;
      grey[y * WIDTH + x] = Math.round(128 + 30 * waves + 20 * blobs);
    }
  }
  return grey;
}

function follow(...pictures: readonly Uint8Array[]): Float32Array {
  const tracker = new Tracker(WIDTH, HEIGHT);
  const pairs = pictures.map((grey) => tracker.next(grey));
  return pairs.at(-1)!.tracks;
}

const points = (tracks: Float32Array): number[][] =>
  Array.from({ length: tracks.length / 4 }, (_, i) => Array.from(tracks.subarray(4 * i, 4 * i + 4)));

describe('Tracker', () => {
  it('follows points to a fraction of a pixel, far ones too', () => {
    for (const [dx, dy] of [
      [0.3, -0.6],
      [3.25, 1.5],
      [-9.5, 4.75],
    ]) {
      const tracks = points(follow(picture(0, 0, 0, 1), picture(dx!, dy!, 0, 1)));
      expect(tracks.length).toBeGreaterThan(40);
      const errors = tracks.map(([x0, y0, x1, y1]) => Math.hypot(x1! - x0! - dx!, y1! - y0! - dy!));
      expect(median(errors)).toBeLessThan(0.03);
    }
  });

  it('agrees with OpenCV on a picture that turns and grows', async () => {
    const { cv } = await loadOpenCv();
    const [before, after] = [picture(0, 0, 0, 1), picture(1.2, -0.4, 0.02, 1.03)];
    const tracks = points(follow(before, after));
    expect(tracks.length).toBeGreaterThan(40);
    const [from, to] = [before, after].map((grey) =>
      cv.matFromArray(HEIGHT, WIDTH, cv.CV_8UC1, Array.from(grey)),
    );
    const starts = cv.matFromArray(
      ...[tracks.length, 1, cv.CV_32FC2],
      tracks.flatMap(([x, y]) => [x!, y!]),
    );
    const [ends, status, error] = [new cv.Mat(), new cv.Mat(), new cv.Mat()];
    cv.calcOpticalFlowPyrLK(from!, to!, starts, ends, status, error, new cv.Size(13, 13), 3);
    const apart = tracks.map(([, , x, y], i) =>
      Math.hypot(ends.data32F[2 * i]! - x!, ends.data32F[2 * i + 1]! - y!),
    );
    expect(median(apart)).toBeLessThan(0.06);
    for (const mat of [from!, to!, starts, ends, status, error]) mat.delete();
  });

  it('drops points whose surroundings change', () => {
    const covered = picture(0, 0, 0, 1);
    for (let y = 0; y < HEIGHT; y++) covered.fill(90, y * WIDTH, y * WIDTH + WIDTH / 2);
    const tracks = points(follow(picture(0, 0, 0, 1), covered));
    const lost = tracks.filter(([x]) => x! < WIDTH / 2 - 8);
    expect(tracks.length).toBeGreaterThan(15);
    expect(lost.length).toBeLessThan(0.15 * tracks.length);
  });

  it('finds nothing in an empty picture', () => {
    const empty = new Uint8Array(WIDTH * HEIGHT).fill(100);
    expect(follow(empty, empty)).toHaveLength(0);
  });

  it('keeps corners apart', () => {
    const tracks = points(follow(picture(0, 0, 0, 1), picture(1, 0, 0, 1)));
    const nearest = tracks.map(([x, y], i) =>
      Math.min(...tracks.flatMap(([u, v], j) => (i === j ? [] : [Math.hypot(x! - u!, y! - v!)]))),
    );
    expect(Math.min(...nearest)).toBeGreaterThan(6);
  });
});
