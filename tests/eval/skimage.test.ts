import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { psnr } from '../../src/eval/measures/psnr.ts';
import { ssim } from '../../src/eval/measures/ssim.ts';
import { python } from '../python.ts';
import { blurred, sceneFrame } from './fakes.ts';

const interpreter = python('skimage');

test.skipIf(interpreter === undefined)('PSNR and SSIM agree with the scikit-image at hand to 1e-4', () => {
  const truth = sceneFrame(0.4);
  const images = [blurred(truth, 3), sceneFrame(0.43), sceneFrame(2)];
  const script = `
import json, sys, numpy as np
from skimage.metrics import peak_signal_noise_ratio as psnr, structural_similarity as ssim
shape, a, others = json.load(sys.stdin)
read = lambda x: np.array(x, np.uint8).reshape(shape)
luma = lambda x: x.astype(np.float64) @ [0.299, 0.587, 0.114]
a = read(a)
print(json.dumps([[psnr(a, b), ssim(luma(a), luma(b), gaussian_weights=True, sigma=1.5,
    use_sample_covariance=False, data_range=255)] for b in map(read, others)]))`;
  const { stdout } = spawnSync(interpreter!, ['-c', script], {
    input: JSON.stringify([
      [truth.height, truth.width, 3],
      [...truth.rgb],
      images.map(({ rgb }) => [...rgb]),
    ]),
    encoding: 'utf8',
  });
  const expected: unknown = JSON.parse(stdout);
  expect(images.map((image) => [psnr(truth, image), ssim(truth, image)])).toEqual(
    (expected as number[][]).map((pair) => pair.map((value) => expect.closeTo(value, 5))),
  );
});
