import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Input, TensorFunction } from '../equality.ts';

/** A tfjs kernel at work: a function that calls it, and what to call that with. */
export interface LoweringCase {
  readonly fn: TensorFunction;
  readonly inputs: readonly (readonly Input[])[];
  /** False where there is no gradient, or tfjs's is wrong. */
  readonly gradient: boolean;
}

/** Cases by the name of the kernel that they are about. */
export type Cases = Readonly<Record<string, readonly LoweringCase[]>>;

/** `REVERIE_TEST_SEED` draws other shapes. */
const seed = Number(process.env.REVERIE_TEST_SEED ?? 20);

export function samples<T>(arbitrary: fc.Arbitrary<T>, numRuns = 3): T[] {
  return fc.sample(arbitrary, { seed, numRuns });
}

/** A case for each of a few random draws. */
export function each<T>(
  arbitrary: fc.Arbitrary<T>,
  make: (drawn: T) => LoweringCase,
  runs = 4,
): LoweringCase[] {
  return samples(arbitrary, runs).map(make);
}

const side = fc.integer({ min: 1, max: 5 });

/** Random shapes of `least` to `most` axes. */
export const shapes = (least = 0, most = 4): fc.Arbitrary<number[]> =>
  fc.array(side, { minLength: least, maxLength: most });

/** A random shape and one of its axes, counted from either end. */
export const withAxis = (least = 1, most = 4): fc.Arbitrary<{ sides: number[]; axis: number }> =>
  shapes(least, most).chain((sides) =>
    fc.record({
      sides: fc.constant(sides),
      axis: fc.integer({ min: -sides.length, max: sides.length - 1 }),
    }),
  );

/** A random shape and something of the same length, one for each axis. */
export const perAxis = <T>(
  of: (side: number) => fc.Arbitrary<T>,
  least = 1,
): fc.Arbitrary<{ sides: number[]; list: T[] }> =>
  shapes(least).chain((sides) =>
    fc.record({ sides: fc.constant(sides), list: fc.tuple(...sides.map(of)) as fc.Arbitrary<T[]> }),
  );

/** Two shapes that broadcast: axes of either are set to one or left out at the front. */
const pairs = fc
  .tuple(
    shapes(),
    fc.array(fc.constantFrom('both', 'a', 'b'), { minLength: 4, maxLength: 4 }),
    fc.nat(4),
    fc.boolean(),
  )
  .map(([full, ones, drop, swap]) => {
    const a = full.map((side, axis) => (ones[axis] === 'a' ? 1 : side));
    const b = full.map((side, axis) => (ones[axis] === 'b' ? 1 : side)).slice(Math.min(drop, full.length));
    return swap ? [b, a] : [a, b];
  });

export interface Settings {
  readonly range?: readonly [number, number];
  readonly gradient?: boolean;
  readonly type?: 'float32' | 'int32';
}

/** No gradient: the function has none, or tfjs does not know it. */
export const VALUE = { gradient: false } as const;
export const INT = { type: 'int32', range: [-4, 5], gradient: false } as const;

const input = (sides: readonly number[], { range, type }: Settings): Input => ({
  shape: sides,
  ...(range && { range }),
  ...(type && { type }),
});

/** A function of one tensor, on random shapes. */
export function unary(fn: (x: tf.Tensor) => tf.Tensor, settings: Settings = {}): LoweringCase {
  const { gradient = true } = settings;
  return { fn: (x) => fn(x!), gradient, inputs: samples(shapes()).map((sides) => [input(sides, settings)]) };
}

/** A function of two tensors, on random shapes that broadcast. */
export function binary(fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor, settings: Settings = {}): LoweringCase {
  const { gradient = true } = settings;
  const inputs = samples(pairs, 6).map((shapes) => shapes.map((sides) => input(sides, settings)));
  return { fn: (a, b) => fn(a!, b!), gradient, inputs };
}

/** Two tensors of the same random shape. */
export function same(fn: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): LoweringCase {
  const inputs = samples(shapes()).map((sides) => [{ shape: sides }, { shape: sides }]);
  return { fn: (a, b) => fn(a!, b!), gradient: true, inputs };
}

/** A function of one tensor of the given shape. */
export function on(
  sides: readonly number[],
  fn: (x: tf.Tensor) => tf.Tensor | tf.Tensor[],
  settings: Settings = {},
): LoweringCase {
  return { fn: (x) => fn(x!), gradient: settings.gradient ?? true, inputs: [[input(sides, settings)]] };
}

/** A function of the given tensors, with gradients. */
export function of(fn: TensorFunction, ...inputs: Input[]): LoweringCase {
  return { fn, inputs: [inputs], gradient: true };
}

/** A function of the given tensors, without gradients. */
export function forward(fn: TensorFunction, ...inputs: Input[]): LoweringCase {
  return { fn, inputs: [inputs], gradient: false };
}

/** Inputs: random real numbers, given ones, given integers, random integers from −4 to 4, and from 0 to below. */
export const reals = (...sides: number[]): Input => ({ shape: sides });
export const values = (...list: number[]): Input => ({ shape: [list.length], values: list });
export const integers = (...list: number[]): Input => ({ ...values(...list), type: 'int32' });
export const whole = (...sides: number[]): Input => ({ shape: sides, type: 'int32', range: [-4, 5] });
export const below = (limit: number, ...sides: number[]): Input => ({
  shape: sides,
  type: 'int32',
  range: [0, limit],
});
/** Different real numbers in a random order: a maximum of equal ones has no gradient. */
export const distinct = (...sides: number[]): Input => {
  const size = sides.reduce((product, length) => product * length, 1);
  return {
    shape: sides,
    values: Array.from({ length: size }, (_, index) => ((index * 7919) % 10007) / 5003 - 1),
  };
};
export const asBool = (x: tf.Tensor): tf.Tensor => x.greater(0);
