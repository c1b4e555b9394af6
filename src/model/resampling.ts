import * as tf from '@tensorflow/tfjs';

/**
 * Moves pictures as latents are moved. What is moved in every frame is resampled in every frame, and bilinear sampling
 * would soon be a blur: this is cubic convolution, a = −½ (Keys 1981), which keeps detail and amplifies none. Outside
 * of the picture its border goes on.
 *
 * @param shift in latent pixels, where each place was before: right and down, [N, h, w, 2]
 * @param pictures [N, H, W, C]
 */
export function movePictures(shift: tf.Tensor4D, pictures: tf.Tensor4D): tf.Tensor4D {
  const [count, height, width, channels] = pictures.shape;
  const fine = enlarge(shift.transpose([0, 3, 1, 2]), height, width).mul(width / shift.shape[2]);
  const [right, down] = tf.split(fine, 2, 1) as [tf.Tensor, tf.Tensor];
  const columns = tf
    .range(0, width)
    .reshape([1, 1, 1, width])
    .add(right)
    .clipByValue(0, width - 1);
  const rows = tf
    .range(0, height)
    .reshape([1, 1, height, 1])
    .add(down)
    .clipByValue(0, height - 1);
  const [left, top] = [columns.floor(), rows.floor()];
  const first = tf
    .range(0, count)
    .mul(height * width)
    .reshape([count, 1, 1, 1]);
  const places = first.add(top.mul(width)).add(left).reshape([-1]).cast('int32') as tf.Tensor1D;
  // All that a pixel is made of stands in a row of a matrix, so that weights and sums are products of matrices: channels
  // alone are too few for a processor to go over quickly.
  const wide = TAPS * TAPS * channels;
  const around = withNeighbours(withNeighbours(pictures, 2), 1).reshape([-1, wide]);
  const weights = cubic(rows.sub(top), (place) => Math.floor(place / TAPS / channels), wide).mul(
    cubic(columns.sub(left), (place) => Math.floor(place / channels) % TAPS, wide),
  );
  const sums = tf.matMul(
    matrix(channels, wide, (channel, place) => (place % channels === channel ? 1 : 0)),
    tf.gather(around, places).mul(weights),
    false,
    true,
  );
  return sums.reshape([channels, count, height, width]).transpose([1, 2, 3, 0]);
}

/** Pixels in a row that a cubic convolution looks at. */
const TAPS = 4;

/** Its weights: of each tap the factors of 1, t, t² and t³, t being how far a place is after the second of them. */
const KEYS = [
  [0, -0.5, 1, -0.5],
  [1, 0, -2.5, 1.5],
  [0, 0.5, 2, -1.5],
  [0, 0, -0.5, 0.5],
] as const;

/** The weights for places after their second taps by `t`, in as many columns, of each the tap that is named. */
function cubic(t: tf.Tensor, tapOf: (column: number) => number, columns: number): tf.Tensor2D {
  const flat = t.reshape([-1, 1]);
  const squared = flat.square();
  const powers = tf.concat([tf.onesLike(flat), flat, squared, squared.mul(flat)], 1);
  return tf.matMul(
    powers as tf.Tensor2D,
    matrix(TAPS, columns, (power, column) => KEYS[tapOf(column)]![power]!),
  );
}

/** A matrix by what stands where. */
export function matrix(
  rows: number,
  columns: number,
  at: (row: number, column: number) => number,
): tf.Tensor2D {
  return tf.tensor2d(
    Array.from({ length: rows }, (_, row) =>
      Array.from({ length: columns }, (__, column) => at(row, column)),
    ),
  );
}

/** Each pixel with the one before it and the two after it along an axis, [N, H, W, C] → [N, H, W, TAPS·C]. */
function withNeighbours(pictures: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D {
  const length = pictures.shape[axis];
  const [start] = tf.split(pictures, [1, length - 1], axis) as [tf.Tensor4D, tf.Tensor4D];
  const [, end] = tf.split(pictures, [length - 1, 1], axis) as [tf.Tensor4D, tf.Tensor4D];
  const long = tf.concat4d([start, pictures, end, end], axis);
  const taps = Array.from({ length: TAPS }, (_, tap) => {
    const begin = [0, 0, 0, 0].with(axis, tap) as [number, number, number, number];
    return long.slice(begin, pictures.shape);
  });
  return tf.concat4d(taps, 3);
}

/** Planes in a larger size, with bilinear interpolation between the centres of pixels, [N, C, h, w] → [N, C, H, W]. */
export function enlarge(planes: tf.Tensor4D, height: number, width: number): tf.Tensor4D {
  const [count, channels, rows, columns] = planes.shape;
  const upright = planes.transpose([0, 1, 3, 2]).reshape([-1, rows]);
  const high = tf.matMul(upright, interpolation(rows, height)).reshape([-1, columns, height]);
  const wide = tf.matMul(high.transpose([0, 2, 1]).reshape([-1, columns]), interpolation(columns, width));
  return wide.reshape([count, channels, height, width]);
}

/** How much each of `from` pixels in a row adds to each of `to` that cover the same length, [from, to]. */
function interpolation(from: number, to: number): tf.Tensor2D {
  return matrix(from, to, (pixel, place) => {
    const position = Math.min(from - 1, Math.max(0, ((place + 0.5) * from) / to - 0.5));
    return Math.max(0, 1 - Math.abs(position - pixel));
  });
}
