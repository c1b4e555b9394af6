import { describe, expect, test } from 'vitest';
import { change } from '../../src/eval/measures/change.ts';
import { colourShift } from '../../src/eval/measures/colourShift.ts';
import { boundedPsnr, meanSquaredError, psnr } from '../../src/eval/measures/psnr.ts';
import { sharpness } from '../../src/eval/measures/sharpness.ts';
import { ssim } from '../../src/eval/measures/ssim.ts';
import type { Frame } from '../../src/world/types.ts';
import { blurred, sceneFrame } from './fakes.ts';

function paint(width: number, height: number, level: (x: number, y: number, c: number) => number): Frame {
  const rgb = new Uint8Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) rgb[(y * width + x) * 3 + c] = level(x, y, c);
    }
  }
  return { width, height, rgb };
}

const flat = (level: number): Frame => paint(16, 12, () => level);

// The expected values below were computed once with scikit-image 0.26.0:
//
//   def picture(seed):
//       y, x, c = np.meshgrid(np.arange(32), np.arange(48), np.arange(3), indexing="ij")
//       return ((x*7 + y*13 + c*29 + seed*(x*y % 11) + (x//8)*40) % 256).astype(np.uint8)
//   a = picture(0); luma = lambda p: p.astype(np.float64) @ [0.299, 0.587, 0.114]
//   for b in (picture(3), a // 2, np.roll(a, 1, axis=1)):
//       peak_signal_noise_ratio(a, b)
//       structural_similarity(luma(a), luma(b), gaussian_weights=True, sigma=1.5,
//                             use_sample_covariance=False, data_range=255)
const picture = (seed: number): Frame =>
  paint(
    48,
    32,
    (x, y, c) => (x * 7 + y * 13 + c * 29 + seed * ((x * y) % 11) + Math.floor(x / 8) * 40) % 256,
  );
const original = picture(0);
const REFERENCES = [
  { name: 'another texture', image: picture(3), psnr: 13.224521093027665, ssim: 0.7174149705875347 },
  {
    name: 'half as bright',
    image: { ...original, rgb: original.rgb.map((level) => level >> 1) },
    psnr: 10.81780415610649,
    ssim: 0.6454727767353389,
  },
  {
    name: 'one pixel to the right',
    image: paint(48, 32, (x, y, c) => original.rgb[(y * 48 + ((x + 47) % 48)) * 3 + c]!),
    psnr: 14.042564511190573,
    ssim: 0.7076510182287544,
  },
];

describe('PSNR and SSIM', () => {
  test.each(REFERENCES)('agree with scikit-image: $name', ({ image, ...expected }) => {
    expect(psnr(original, image)).toBeCloseTo(expected.psnr, 10);
    expect(ssim(original, image)).toBeCloseTo(expected.ssim, 6);
  });

  test('know the answers that can be worked out by hand', () => {
    expect(meanSquaredError(flat(100), flat(110))).toBe(100);
    expect(psnr(flat(100), flat(110))).toBeCloseTo(28.1308, 4);
    expect(psnr(original, original)).toBe(Infinity);
    expect(boundedPsnr(original, original)).toBeCloseTo(10 * Math.log10(255 ** 2 * 12), 12);
    expect(ssim(original, original)).toBeCloseTo(1, 12);
  });

  test('refuse frames that cannot be compared', () => {
    expect(() => psnr(flat(0), original)).toThrow('16×12 and 48×32');
    const tiny = paint(10, 10, () => 0);
    expect(() => ssim(tiny, tiny)).toThrow('11×11');
  });
});

describe('sharpness', () => {
  test('is the slope of a ramp', () => {
    expect(sharpness(paint(16, 12, (x) => 10 + 4 * x))).toBeCloseTo(4, 4);
    expect(sharpness(paint(16, 12, (_, y) => 10 + 3 * y))).toBeCloseTo(3, 4);
    expect(sharpness(flat(80))).toBe(0);
  });

  test('falls with every blur', () => {
    const levels = [0, 1, 2, 4, 8].map((times) => sharpness(blurred(sceneFrame(0), times)));
    expect(levels).toEqual([...levels].sort((a, b) => b - a));
    expect(levels[4]).toBeLessThan(0.7 * levels[0]!);
  });
});

test('colour shift sees a cast but neither blur nor motion', () => {
  const bright = sceneFrame(0);
  const scene = { ...bright, rgb: bright.rgb.map((level) => level >> 1) };
  const reddish = { ...scene, rgb: scene.rgb.map((level, i) => (i % 3 === 0 ? level + 12 : level)) };
  expect(colourShift(scene, reddish)).toBeCloseTo(4, 10);
  expect(colourShift(original, REFERENCES[2]!.image)).toBe(0);
  expect(colourShift(scene, blurred(scene, 4))).toBeLessThan(0.5);
});

test('change is 0 for a still picture and the mean difference otherwise', () => {
  expect(change(original, original)).toBe(0);
  expect(change(flat(100), flat(93))).toBe(7);
});
