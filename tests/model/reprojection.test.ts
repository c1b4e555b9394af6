import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadOpenCv } from '../../src/data/egomotion/opencv.ts';
import type { TensorGroup } from '../../src/engine/index.ts';
import { initialise } from '../../src/model/parameters.ts';
import { blend, movePictures, reprojectionParameters, textureLoss } from '../../src/model/reprojection.ts';
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
  it('are what OpenCV samples at the shift that OpenCV enlarges', async () => {
    const { cv } = await loadOpenCv();
    const [rows, columns] = [HEIGHT / BLOCK, WIDTH / BLOCK];
    const before = pictures(1);
    const shift = fillNormal(seededRandom(2), new Float32Array(COUNT * rows * columns * 2));
    const found = await movePictures(tf.tensor4d(shift, [COUNT, rows, columns, 2]), before).data();

    const area = HEIGHT * WIDTH;
    for (let picture = 0; picture < COUNT; picture += 1) {
      const values = (await before.data()).subarray(picture * area * 3, (picture + 1) * area * 3);
      const source = cv.matFromArray(HEIGHT, WIDTH, cv.CV_32FC3, Array.from(values));
      const [x, y] = [0, 1].map((axis) => {
        const coarse = Array.from(
          { length: rows * columns },
          (_, place) => shift[(picture * rows * columns + place) * 2 + axis]! * BLOCK,
        );
        const small = cv.matFromArray(rows, columns, cv.CV_32FC1, coarse);
        const fine = new cv.Mat();
        cv.resize(small, fine, new cv.Size(WIDTH, HEIGHT), 0, 0, cv.INTER_LINEAR);
        small.delete();
        for (let place = 0; place < area; place += 1)
          fine.data32F[place]! += axis === 0 ? place % WIDTH : Math.floor(place / WIDTH);
        return fine;
      });
      const out = new cv.Mat();
      cv.remap(source, out, x!, y!, cv.INTER_LINEAR, cv.BORDER_REPLICATE);
      const distances = out.data32F.map((value, index) =>
        Math.abs(value - found[picture * area * 3 + index]!),
      );
      // OpenCV places samples on a grid of 1/32 pixel.
      expect(Math.max(...distances)).toBeLessThan(1 / 16);
      expect(distances.reduce((sum, value) => sum + value, 0) / distances.length).toBeLessThan(0.01);
      for (const mat of [source, x!, y!, out]) mat.delete();
    }
  });
});

describe('what is shown', () => {
  it('lies between what was shown before and what is decoded, at every pixel', async () => {
    const [moved, decoded] = [pictures(3), pictures(4)];
    const shown = blend(parameters(), moved, decoded);
    const share = await shown.sub(decoded).div(moved.sub(decoded)).data();
    for (const value of share) {
      expect(value).toBeGreaterThan(-1e-3);
      expect(value).toBeLessThan(1 + 1e-3);
    }
    expect(Math.max(...share) - Math.min(...share)).toBeGreaterThan(0.2);
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
