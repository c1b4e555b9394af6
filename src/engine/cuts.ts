import type { GraphBuilder, Value } from './graph.ts';

/** Some of the elements along some axes; `ends` are exclusive, and `steps` 1 when left out. */
export function slice(
  builder: GraphBuilder,
  x: Value,
  axes: readonly number[],
  starts: readonly number[],
  ends: readonly number[],
  steps: readonly number[] = axes.map(() => 1),
): Value {
  const shape = [...x.shape];
  for (const [index, axis] of axes.entries()) {
    shape[axis] = Math.max(0, Math.ceil((ends[index]! - starts[index]!) / steps[index]!));
  }
  if (shape.join() === x.shape.join() && steps.every((step) => step === 1)) return x;
  const bounds = [starts, ends, axes, steps].map((list) => builder.integers(list));
  return builder.add('Slice', [x, ...bounds], shape, x.type);
}

/** Zeros before and after the elements along each axis. */
export function zerosAround(
  builder: GraphBuilder,
  x: Value,
  before: readonly number[],
  after: readonly number[],
): Value {
  if ([...before, ...after].every((count) => count === 0)) return x;
  const shape = x.shape.map((side, axis) => side + before[axis]! + after[axis]!);
  const pads = builder.integers([...before, ...after]);
  return builder.add('Pad', [x, pads, builder.scalar(0)], shape, x.type);
}
