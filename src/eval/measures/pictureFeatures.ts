import type { Frame } from '../../world/types.ts';
import { type Grey, halved } from './grey.ts';
import { luma } from './luma.ts';

/** Numbers that `pictureFeatures` gives. */
export const PICTURE_FEATURES = 14;
const SCALES = 3;

/**
 * What a picture looks like, in 14 numbers that need no trained network: the mean and standard deviation of
 * brightness and of the two opponent colours R − G and (R + G) / 2 − B (6); how much brighter the upper and the
 * left half are (2); and at three scales, each half the size of the one before, the logarithm of the mean
 * squared gradient and of the ratio of its horizontal to its vertical part (6).
 *
 * They are the low-order colour statistics and oriented energies of texture models (D. J. Heeger, J. R. Bergen,
 * "Pyramid-Based Texture Analysis/Synthesis", SIGGRAPH 1995), not learned: they see blur, noise, colour casts
 * and lost layout, and do not see that an object is impossible.
 */
export function pictureFeatures(frame: Frame): Float64Array {
  const { width, height, rgb } = frame;
  const features = new Float64Array(PICTURE_FEATURES);
  const grey = luma(frame);
  const pixels = width * height;
  const sums = new Float64Array(6);
  let upper = 0;
  let left = 0;
  for (let i = 0; i < pixels; i++) {
    const [r, g, b] = [rgb[3 * i]!, rgb[3 * i + 1]!, rgb[3 * i + 2]!];
    const opponents = [grey[i]!, r - g, (r + g) / 2 - b];
    for (let k = 0; k < 3; k++) {
      sums[2 * k]! += opponents[k]!;
      sums[2 * k + 1]! += opponents[k]! ** 2;
    }
    upper += 2 * i < pixels ? grey[i]! : -grey[i]!;
    left += 2 * (i % width) < width ? grey[i]! : -grey[i]!;
  }
  for (let k = 0; k < 3; k++) {
    const mean = sums[2 * k]! / pixels;
    features[2 * k] = mean;
    features[2 * k + 1] = Math.sqrt(Math.max(0, sums[2 * k + 1]! / pixels - mean ** 2));
  }
  features[6] = upper / pixels;
  features[7] = left / pixels;
  let image = { width, height, level: grey };
  for (let scale = 0; scale < SCALES; scale++) {
    const [across, along] = gradientEnergies(image);
    features[8 + 2 * scale] = Math.log(1 + across + along);
    features[9 + 2 * scale] = Math.log((1 + across) / (1 + along));
    image = halved(image);
  }
  return features;
}

function gradientEnergies({ width, height, level }: Grey): [number, number] {
  let across = 0;
  let along = 0;
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const at = y * width + x;
      across += (level[at + 1]! - level[at]!) ** 2;
      along += (level[at + width]! - level[at]!) ** 2;
    }
  }
  const places = Math.max(1, (width - 1) * (height - 1));
  return [across / places, along / places];
}
