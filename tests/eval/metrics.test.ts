import { describe, expect, test } from 'vitest';
import { actionShuffleRatio, foreignActions } from '../../src/eval/metrics/actionShuffle.ts';
import { bootstrapInterval } from '../../src/eval/metrics/bootstrap.ts';
import { colourDrift } from '../../src/eval/metrics/colourDrift.ts';
import { motion } from '../../src/eval/metrics/motion.ts';
import { meanSquaredError, psnr } from '../../src/eval/metrics/psnr.ts';
import { sharpness } from '../../src/eval/metrics/sharpness.ts';
import { ssim } from '../../src/eval/metrics/ssim.ts';
import { horizontalShift, turnAgreement } from '../../src/eval/metrics/turnAgreement.ts';
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

test('colour drift sees a cast but neither blur nor motion', () => {
  const scene = sceneFrame(0);
  const reddish = { ...scene, rgb: scene.rgb.map((level, i) => (i % 3 === 0 ? level + 12 : level)) };
  expect(colourDrift(scene, reddish)).toBeCloseTo(4, 10);
  expect(colourDrift(original, REFERENCES[2]!.image)).toBe(0);
  expect(colourDrift(scene, blurred(scene, 4))).toBeLessThan(0.5);
});

test('motion is 0 for a still picture and the mean change otherwise', () => {
  expect(motion(original, original)).toBe(0);
  expect(motion(flat(100), flat(93))).toBe(7);
});

describe('action shuffle', () => {
  test('is the ratio of the summed errors, rounding errors apart', () => {
    const pairs = [
      { trueError: 10, foreignError: 30 },
      { trueError: 30, foreignError: 50 },
    ];
    expect(actionShuffleRatio(pairs)).toBe(2);
    expect(actionShuffleRatio([{ trueError: 0, foreignError: 0.01 }])).toBe(1);
  });

  test('lends everybody somebody else’s actions, left to right', () => {
    const yaws = [-3, 2, -1, 1, -2, 3].map((yaw) => [Float32Array.of(1, yaw), Float32Array.of(1, yaw)]);
    const lender = foreignActions(yaws);
    expect(new Set(lender).size).toBe(6);
    for (const [start, other] of lender.entries()) {
      expect(other).not.toBe(start);
      expect(yaws[start]![0]![1]! * yaws[other]![0]![1]!).toBeLessThan(0);
    }
  });

  test('comes with an interval that holds it and is the same for the same seed', () => {
    const pairs = Array.from({ length: 12 }, (_, i) => ({ trueError: 10, foreignError: 14 + (i % 5) }));
    const interval = bootstrapInterval(pairs, actionShuffleRatio, 7);
    expect(interval.low).toBeLessThan(actionShuffleRatio(pairs));
    expect(interval.high).toBeGreaterThan(actionShuffleRatio(pairs));
    expect(bootstrapInterval(pairs, actionShuffleRatio, 7)).toEqual(interval);
  });
});

describe('turn agreement', () => {
  test.each([-5, -1.5, 0, 0.5, 3, 7])('finds that the scene moved by %f pixels', (shift) => {
    expect(horizontalShift(sceneFrame(200), sceneFrame(200 - shift))).toBeCloseTo(shift, 0);
  });

  test('a camera that turns right moves the scene left', () => {
    expect(turnAgreement([-1, 0, 2], [3, 0, -6])).toBeCloseTo(1, 10);
    expect(turnAgreement([-1, 0, 2], [-3, 0, 6])).toBeCloseTo(-1, 10);
    expect(turnAgreement([-1, 0, 2], [1, 1, 1])).toBe(0);
    expect(turnAgreement([2, 2, 2], [1, 0, 3])).toBeUndefined();
  });
});
