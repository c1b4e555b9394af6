import { type Cv, loadOpenCv } from '../../data/egomotion/opencv.ts';
import type { Frame } from '../../world/types.ts';
import { greyBytes } from '../measures/luma.ts';

/** Where each pixel of one picture is in another: offsets x, y in pixels, float32 [height, width, 2]. */
export type Flow = Float32Array;

/**
 * Dense optical flow between two frames (G. Farnebäck, "Two-Frame Motion Estimation Based on Polynomial
 * Expansion", SCIA 2003, as OpenCV computes it).
 */
export async function opticalFlow(from: Frame, to: Frame): Promise<Flow> {
  const { cv } = await loadOpenCv();
  const [a, b, flow] = [greyMat(cv, from), greyMat(cv, to), new cv.Mat()];
  try {
    cv.calcOpticalFlowFarneback(a, b, flow, 0.5, 3, 13, 3, 5, 1.1, 0);
    return flow.data32F.slice();
  } finally {
    for (const mat of [a, b, flow]) mat.delete();
  }
}

function greyMat(cv: Cv, frame: Frame): InstanceType<Cv['Mat']> {
  const mat = new cv.Mat(frame.height, frame.width, cv.CV_8UC1);
  mat.data.set(greyBytes(frame));
  return mat;
}

/**
 * A frame as it looks from where a flow points: pixel x shows what `frame` has at x + flow(x), bilinear; beyond
 * the border its nearest pixel.
 *
 * @param scale multiplies the flow
 */
export function warp({ width, height, rgb }: Frame, flow: Flow, scale = 1): Frame {
  const out = new Uint8Array(rgb.length);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const px = Math.min(Math.max(x + scale * flow[2 * at]!, 0), width - 1);
      const py = Math.min(Math.max(y + scale * flow[2 * at + 1]!, 0), height - 1);
      const left = Math.min(Math.floor(px), Math.max(0, width - 2));
      const top = Math.min(Math.floor(py), Math.max(0, height - 2));
      const [fx, fy] = [px - left, py - top];
      const corner = 3 * (top * width + left);
      for (let c = 0; c < 3; c++) {
        const a = rgb[corner + c]!;
        const b = rgb[corner + 3 + c]!;
        const d = rgb[corner + 3 * width + c]!;
        const e = rgb[corner + 3 * width + 3 + c]!;
        out[3 * at + c] = Math.round((a + (b - a) * fx) * (1 - fy) + (d + (e - d) * fx) * fy);
      }
    }
  }
  return { width, height, rgb: out };
}

/**
 * The pixels of the first picture that the second one shows too: those that flow back to where they came from,
 * |f + b|² ≤ 0.01 (|f|² + |b|²) + 0.5 (N. Sundaram, T. Brox, K. Keutzer, "Dense Point Trajectories by
 * GPU-Accelerated Large Displacement Optical Flow", ECCV 2010).
 *
 * @param forward from the first picture to the second
 * @param backward from the second to the first
 * @returns 1 where visible in both, uint8 [height, width]
 */
export function visibleInBoth(forward: Flow, backward: Flow, width: number, height: number): Uint8Array {
  const visible = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      const [fx, fy] = [forward[2 * at]!, forward[2 * at + 1]!];
      const [px, py] = [Math.round(x + fx), Math.round(y + fy)];
      if (px < 0 || py < 0 || px >= width || py >= height) continue;
      const there = 2 * (py * width + px);
      const [bx, by] = [backward[there]!, backward[there + 1]!];
      const astray = (fx + bx) ** 2 + (fy + by) ** 2;
      if (astray <= 0.01 * (fx * fx + fy * fy + bx * bx + by * by) + 0.5) visible[at] = 1;
    }
  }
  return visible;
}
