import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadOpenCv } from '../../src/data/egomotion/opencv.ts';
import type { TensorGroup } from '../../src/engine/index.ts';
import { initialise } from '../../src/model/parameters.ts';
import { blend, reprojectionParameters, textureLoss } from '../../src/model/reprojection.ts';
import { movePictures } from '../../src/model/resampling.ts';
import { fillNormal, seededRandom } from '../../src/random.ts';
import { useReference } from '../engine/equality.ts';

const [COUNT, HEIGHT, WIDTH, BLOCK] = [2, 32, 48, 8];

beforeAll(useReference);

function pictures(seed: number): tf.Tensor4D {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: COUNT * HEIGHT * WIDTH * 3 }, () => random.uniform());
  return tf.tensor4d(values, [COUNT, HEIGHT, WIDTH, 3]);
}

function parameters(): TensorGroup {
  const random = seededRandom(5);
  const specs = reprojectionParameters(8);
  return Object.fromEntries(
    [...initialise(specs, random)].map(([name, values]) => [
      name,
      tf.tensor(
        fillNormal(random, values).map((value) => value / 4),
        [...specs[name]!.shape],
      ),
    ]),
  );
}

describe('pictures moved by a shift of latent pixels', () => {
  it('are moved by the shift that OpenCV enlarges, and quadratic ones exactly (Keys 1981)', async () => {
    const { cv } = await loadOpenCv();
    const [rows, columns] = [HEIGHT / BLOCK, WIDTH / BLOCK];
    const area = HEIGHT * WIDTH;
    const shift = fillNormal(seededRandom(2), new Float32Array(COUNT * rows * columns * 2)).map((v) => v / 2);
    const colours = [
      (x: number, y: number) => (x * y) / area,
      (x: number) => (x / WIDTH) ** 2,
      (x: number, y: number) => (y / HEIGHT) ** 2 - x / WIDTH,
    ];
    const before = Float32Array.from({ length: COUNT * area * 3 }, (_, index) => {
      const place = Math.floor(index / 3) % area;
      return colours[index % 3]!(place % WIDTH, Math.floor(place / WIDTH));
    });
    const found = await movePictures(
      tf.tensor4d(shift, [COUNT, rows, columns, 2]),
      tf.tensor4d(before, [COUNT, HEIGHT, WIDTH, 3]),
    ).data();

    let inside = 0;
    for (let picture = 0; picture < COUNT; picture += 1) {
      const [right, down] = [0, 1].map((axis) => {
        const coarse = Array.from(
          { length: rows * columns },
          (_, place) => shift[(picture * rows * columns + place) * 2 + axis]! * BLOCK,
        );
        const small = cv.matFromArray(rows, columns, cv.CV_32FC1, coarse);
        const fine = new cv.Mat();
        cv.resize(small, fine, new cv.Size(WIDTH, HEIGHT), 0, 0, cv.INTER_LINEAR);
        const values = Float32Array.from(fine.data32F);
        small.delete();
        fine.delete();
        return values;
      }) as [Float32Array, Float32Array];
      for (let place = 0; place < area; place += 1) {
        const x = (place % WIDTH) + right[place]!;
        const y = Math.floor(place / WIDTH) + down[place]!;
        if (x < 1 || y < 1 || x > WIDTH - 3 || y > HEIGHT - 3) continue;
        inside += 1;
        for (const [channel, colour] of colours.entries())
          expect(found[(picture * area + place) * 3 + channel]).toBeCloseTo(colour(x, y), 4);
      }
    }
    expect(inside).toBeGreaterThan(area);
  });

  it('go on at their border', async () => {
    const far = tf.fill([1, HEIGHT / BLOCK, WIDTH / BLOCK, 2], 2 * WIDTH) as tf.Tensor4D;
    const picture = pictures(1).slice([0, 0, 0, 0], [1, -1, -1, -1]) as tf.Tensor4D;
    const corner = picture.slice([0, HEIGHT - 1, WIDTH - 1, 0], [1, 1, 1, 3]);
    expect(tf.max(movePictures(far, picture).sub(corner).abs()).asScalar().arraySync()).toBeLessThan(1e-6);
  });
});

describe('what is shown', () => {
  /** Colours over squares of 8 × 8. */
  const smooth = (x: tf.Tensor4D): tf.Tensor4D => tf.avgPool(x, 8, 8, 'valid');
  const contrast = (x: tf.Tensor4D): number => tf.moments(x).variance.sqrt().asScalar().arraySync();

  it('has colours between those of what was shown before and of what is decoded', async () => {
    const dark: tf.Tensor4D = pictures(3).mul(0.2);
    const light: tf.Tensor4D = pictures(4).mul(0.2).add(0.7);
    const shown = smooth(blend(parameters(), dark, light));
    const share = await shown
      .sub(smooth(light))
      .div(smooth(dark).sub(smooth(light)))
      .data();
    for (const value of share) {
      expect(value).toBeGreaterThan(0);
      expect(value).toBeLessThan(0.55);
    }
    expect(Math.max(...share) - Math.min(...share)).toBeGreaterThan(0.05);
  });

  it('keeps the contrast of details that are not in the same place, of which a mean has less', () => {
    const [moved, decoded] = [pictures(3).mul(0.4).add(0.3), pictures(4).mul(0.4).add(0.3)] as [
      tf.Tensor4D,
      tf.Tensor4D,
    ];
    const mean: tf.Tensor4D = moved.add<tf.Tensor4D>(decoded).div(2);
    expect(contrast(mean) / contrast(decoded)).toBeLessThan(0.75);
    const shown = contrast(blend(parameters(), moved, decoded)) / contrast(decoded);
    expect(shown).toBeGreaterThan(0.92);
    expect(shown).toBeLessThan(1.02);
  });

  it('gains no contrast in the course of many frames', () => {
    let shown: tf.Tensor4D = pictures(3).mul(0.4).add(0.3);
    const first = contrast(shown);
    for (let frame = 0; frame < 30; frame += 1) {
      const decoded: tf.Tensor4D = pictures(4 + frame)
        .mul(0.4)
        .add(0.3);
      shown = tf.tidy(() => blend(parameters(), shown, decoded));
    }
    expect(contrast(shown) / first).toBeLessThan(1.02);
    expect(contrast(shown) / first).toBeGreaterThan(0.85);
  });

  it('is the picture itself where both are the same', () => {
    const picture = pictures(3);
    expect(tf.max(blend(parameters(), picture, picture).sub(picture).abs()).arraySync()).toBe(0);
  });
});

describe('the texture loss', () => {
  const line = (at: number, width: number): tf.Tensor4D =>
    tf.tensor4d(
      Float32Array.from({ length: 16 * 16 }, (_, place) =>
        Math.max(0, 1 - Math.abs((place % 16) - at) / width),
      ),
      [1, 16, 16, 1],
    );

  it('does not mind where in its square a line is, but how clear it is', () => {
    const drawn = line(3, 1);
    expect(textureLoss(line(4, 1), drawn).arraySync()).toBeCloseTo(0, 6);
    const faint: tf.Tensor4D = line(3, 1).add<tf.Tensor4D>(line(4, 1)).div(2);
    expect(textureLoss(faint, drawn).arraySync()).toBeGreaterThan(0.01);
    // To a distance of pixels the faint one is as near as the clear one in the wrong place.
    const distance = (x: tf.Tensor4D): number => x.sub(drawn).abs().mean().asScalar().arraySync();
    expect(distance(faint)).toBeLessThan(distance(line(4, 1)));
  });
});
