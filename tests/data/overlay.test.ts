import { expect, it } from 'vitest';
import { drawLabels } from '../../src/data/card/overlay.ts';

it('draws tracks that the motion does not explain in a colour of their own', () => {
  const canvas = { width: 64, height: 48, rgb: new Uint8Array(64 * 48 * 3) };
  const tracks = Float32Array.of(10, 10, 20, 10, 10, 16, 20, 16);
  const label = { action: [0], confidence: 0, keys: [] };
  drawLabels(canvas, label, ['forward'], { tracks, agreeing: Uint8Array.of(1, 0) }, 1);
  const colourAt = (x: number, y: number): number[] =>
    Array.from(canvas.rgb.subarray((y * 64 + x) * 3).subarray(0, 3));
  const [redOfAgreeing, greenOfAgreeing] = colourAt(15, 10);
  const [redOfRejected, greenOfRejected] = colourAt(15, 16);
  expect(greenOfAgreeing!).toBeGreaterThan(redOfAgreeing!);
  expect(redOfRejected!).toBeGreaterThan(greenOfRejected!);
  expect(colourAt(15, 13)).toEqual([0, 0, 0]);
});
