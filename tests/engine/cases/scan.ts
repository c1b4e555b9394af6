import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { type Cases, each, INT, of, on, values, withAxis } from './case.ts';

// tfjs knows no axes from the end here.
const direction = fc.record({
  place: withAxis().map(({ sides, axis }) => ({ sides, axis: axis < 0 ? axis + sides.length : axis })),
  exclusive: fc.boolean(),
  reverse: fc.boolean(),
});

export const SCAN: Cases = {
  Cumprod: [
    ...each(
      direction,
      ({ place: { sides, axis }, exclusive, reverse }) =>
        on(sides, (x) => tf.cumprod(x, axis, exclusive, reverse)),
      8,
    ),
    of((x) => tf.cumprod(x!, 0, true), values(2, 0, 3, -1, 0, 5, 7)),
  ],
  Cumsum: [
    ...each(
      direction,
      ({ place: { sides, axis }, exclusive, reverse }) =>
        on(sides, (x) => tf.cumsum(x, axis, exclusive, reverse)),
      8,
    ),
    on([3, 4], (x) => tf.cumsum(x, 1), INT),
  ],
};
