import * as tf from '@tensorflow/tfjs';
import {
  asBool,
  binary,
  type Cases,
  forward,
  INT,
  type LoweringCase,
  of,
  reals,
  unary,
  VALUE,
  values,
  whole,
} from './case.ts';

const special = (fn: (x: tf.Tensor) => tf.Tensor): LoweringCase =>
  forward((x) => fn(x!), values(0, 1e38, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));

export const COMPARISON: Cases = {
  Equal: [
    binary(tf.equal, INT),
    forward((a, b) => tf.equal(asBool(a!), asBool(b!)), whole(9), whole(9)),
    forward((a, b) => tf.equal(a!, b!), values(1, 2, 0.1), values(1, 3, 0.1)),
  ],
  Greater: [binary(tf.greater, INT)],
  GreaterEqual: [binary(tf.greaterEqual, INT)],
  IsFinite: [special(tf.isFinite), unary(tf.isFinite, INT)],
  IsInf: [special(tf.isInf), unary(tf.isInf, INT)],
  IsNan: [special(tf.isNaN), unary(tf.isNaN, INT)],
  Less: [binary(tf.less, INT)],
  LessEqual: [binary(tf.lessEqual, INT), binary(tf.lessEqual, VALUE)],
  LogicalAnd: [binary((a, b) => tf.logicalAnd(asBool(a), asBool(b)), VALUE)],
  LogicalNot: [unary((x) => tf.logicalNot(asBool(x)), VALUE)],
  LogicalOr: [binary((a, b) => tf.logicalOr(asBool(a), asBool(b)), VALUE)],
  NotEqual: [binary(tf.notEqual, INT)],
  Select: [
    forward((c, a, b) => tf.where(asBool(c!), a!, b!), whole(3, 4), reals(3, 4), reals(3, 4)),
    forward((c, a, b) => tf.where(asBool(c!), a!, b!), whole(4), reals(3, 4), reals()),
    forward((c, a, b) => tf.where(asBool(c!), a!, b!), whole(3, 1), reals(4), reals(2, 3, 4)),
    forward((c, a, b) => tf.where(asBool(c!), a!, b!), whole(3), whole(3), whole(3)),
    forward((c, a, b) => tf.where(asBool(c!), asBool(a!), asBool(b!)), whole(9), whole(9), whole(9)),
    of((a, b) => tf.where(tf.tensor1d([true, false, true], 'bool'), a!, b!), reals(3), reals(3)),
  ],
};
