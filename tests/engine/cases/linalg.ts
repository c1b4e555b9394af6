import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { type Cases, each, forward, of, reals, shapes, whole } from './case.ts';

const matrices = fc.record({
  batch: shapes(0, 2),
  left: fc.boolean(),
  right: fc.boolean(),
  sides: fc.tuple(...[1, 2, 3].map(() => fc.integer({ min: 1, max: 6 }))),
  /** The batch axes that the second matrix is repeated along. */
  repeated: fc.boolean(),
});

export const LINALG: Cases = {
  BatchMatMul: [
    ...each(
      matrices,
      ({ batch, left, right, sides: [rows, inner, columns], repeated }) =>
        of(
          (a, b) => tf.matMul(a!, b!, left, right),
          reals(...batch, ...(left ? [inner!, rows!] : [rows!, inner!])),
          reals(
            ...(repeated ? batch.map(() => 1) : batch),
            ...(right ? [columns!, inner!] : [inner!, columns!]),
          ),
        ),
      10,
    ),
    of((a, b) => tf.matMul(a!, b!), reals(1, 3, 5), reals(1, 5, 4)),
    of((a, b) => tf.matMul(a!, b!, true, true), reals(1, 5, 3), reals(6, 4, 5)),
    forward((a, b) => tf.matMul(a!, b!), whole(3, 4), whole(4, 2)),
  ],
  Einsum: [
    ['ij,jk->ik', [3, 4], [4, 2]],
    ['ij,jk->ki', [3, 4], [4, 2]],
    ['bij,bkj->bik', [2, 3, 4], [2, 5, 4]],
    ['bhqd,bhkd->bhqk', [2, 2, 3, 4], [2, 2, 5, 4]],
    ['bqhd,bkhd->bhqk', [2, 3, 2, 4], [2, 5, 2, 4]],
    ['i,j->ij', [3], [4]],
    ['i,i->', [5], [5]],
    ['ij->ji', [3, 4]],
    ['ijk->j', [3, 4, 2]],
  ].map(([equation, ...sides]) =>
    of(
      (...list) => tf.einsum(equation as string, ...list),
      ...(sides as number[][]).map((side) => reals(...side)),
    ),
  ),
};
