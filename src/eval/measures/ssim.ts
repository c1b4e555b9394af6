import type { Frame } from '../../world/types.ts';
import { luma } from './luma.ts';
import { requireSameSize } from './psnr.ts';

const RADIUS = 5;
const KERNEL = gaussian(RADIUS, 1.5);
const C1 = (0.01 * 255) ** 2;
const C2 = (0.03 * 255) ** 2;

/**
 * Structural similarity of two frames on luma, 1 for equal frames.
 *
 * SSIM = (2 μₓμᵧ + C₁)(2 σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁)(σₓ² + σᵧ² + C₂)) under a Gaussian window of 11 × 11 pixels
 * with σ = 1.5, C₁ = (0.01·255)², C₂ = (0.03·255)², averaged over the positions where the whole window is
 * inside the picture (Z. Wang, A. C. Bovik, H. R. Sheikh, E. P. Simoncelli, "Image Quality Assessment: From
 * Error Visibility to Structural Similarity", IEEE Transactions on Image Processing 13(4), 2004).
 *
 * @throws when the sizes differ or a side is shorter than the window
 */
export function ssim(truth: Frame, image: Frame): number {
  requireSameSize(truth, image);
  const { width, height } = truth;
  if (Math.min(width, height) < KERNEL.length) {
    throw new Error(`SSIM needs frames of at least 11×11 pixels, these are ${width}×${height}`);
  }
  const { grey: x, mean: meanX, meanSquare: meanXX } = windowMoments(truth);
  const { grey: y, mean: meanY, meanSquare: meanYY } = windowMoments(image);
  const meanXY = blur(multiply(x, y), width, height);
  let sum = 0;
  for (let i = 0; i < meanX.length; i++) {
    const mx = meanX[i]!;
    const my = meanY[i]!;
    const varianceX = meanXX[i]! - mx * mx;
    const varianceY = meanYY[i]! - my * my;
    const covariance = meanXY[i]! - mx * my;
    sum +=
      ((2 * mx * my + C1) * (2 * covariance + C2)) /
      ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
  }
  return sum / meanX.length;
}

/** What SSIM needs of one frame alone. */
interface WindowMoments {
  readonly grey: Float32Array;
  readonly mean: Float64Array;
  readonly meanSquare: Float64Array;
}

// One truth is compared with what every source made of it.
const known = new WeakMap<Frame, WindowMoments>();

function windowMoments(frame: Frame): WindowMoments {
  const found = known.get(frame);
  if (found !== undefined) return found;
  const { width, height } = frame;
  const grey = luma(frame);
  const moments = {
    grey,
    mean: blur(grey, width, height),
    meanSquare: blur(multiply(grey, grey), width, height),
  };
  known.set(frame, moments);
  return moments;
}

function gaussian(radius: number, sigma: number): Float64Array {
  const kernel = Float64Array.from({ length: 2 * radius + 1 }, (_, i) =>
    Math.exp(-((i - radius) ** 2) / (2 * sigma ** 2)),
  );
  const sum = kernel.reduce((a, b) => a + b);
  return kernel.map((value) => value / sum);
}

function multiply(a: Float32Array, b: Float32Array): Float64Array {
  const product = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) product[i] = a[i]! * b[i]!;
  return product;
}

/** Weighted means under the window at every position where it fits: [height − 10, width − 10]. */
function blur(image: Float32Array | Float64Array, width: number, height: number): Float64Array {
  const columns = width - 2 * RADIUS;
  const rows = height - 2 * RADIUS;
  const across = new Float64Array(columns * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < KERNEL.length; k++) sum += KERNEL[k]! * image[y * width + x + k]!;
      across[y * columns + x] = sum;
    }
  }
  const out = new Float64Array(columns * rows);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      let sum = 0;
      for (let k = 0; k < KERNEL.length; k++) sum += KERNEL[k]! * across[(y + k) * columns + x]!;
      out[y * columns + x] = sum;
    }
  }
  return out;
}
