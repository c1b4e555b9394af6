import type { Frame } from '../../world/types.ts';
import { luma } from './luma.ts';

/**
 * Mean gradient magnitude of a frame's luma by Sobel's operator, in 8-bit levels per pixel; it falls when a
 * picture blurs.
 *
 * Operator GRA/Tenengrad of the comparison by S. Pertuz, D. Puig, M. A. García, "Analysis of focus measure
 * operators for shape-from-focus", Pattern Recognition 46(5), 2013; the Sobel kernels (divided by 8, so that a
 * ramp of one level per pixel measures 1) smooth across the derivative, so single-pixel noise counts less
 * than it does in the variance of the Laplacian. The outermost pixels are left out.
 */
export function sharpness(frame: Frame): number {
  const { width, height } = frame;
  const grey = luma(frame);
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const at = y * width + x;
      const up = at - width;
      const down = at + width;
      const dx =
        grey[up + 1]! -
        grey[up - 1]! +
        2 * (grey[at + 1]! - grey[at - 1]!) +
        grey[down + 1]! -
        grey[down - 1]!;
      const dy =
        grey[down - 1]! - grey[up - 1]! + 2 * (grey[down]! - grey[up]!) + grey[down + 1]! - grey[up + 1]!;
      sum += Math.sqrt(dx * dx + dy * dy) / 8;
    }
  }
  return sum / ((width - 2) * (height - 2));
}
