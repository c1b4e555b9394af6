import { slice, zerosAround } from '../cuts.ts';
import type { GraphBuilder, Value } from '../graph.ts';
import type { WindowAxis } from './window.ts';

/**
 * What each element of a window sees while the window slides: for every tap of a filter, in the filter's order,
 * the input at the window's places.
 *
 * @param x [N, spatial…, C]
 * @returns one [N, places…, C] per tap
 */
export function tapsOf(builder: GraphBuilder, x: Value, axes: readonly WindowAxis[]): Value[] {
  const padded = pad(builder, x, axes);
  const spatial = axes.map((_, index) => index + 1);
  const strides = axes.map(({ stride }) => stride);
  return offsets(axes).map((starts) => {
    const ends = axes.map(({ places, stride }, index) => starts[index]! + (places - 1) * stride + 1);
    return slice(builder, padded, spatial, starts, ends, strides);
  });
}

/** Where the window's elements are in it, the last axis fastest. */
function offsets([axis, ...rest]: readonly WindowAxis[]): number[][] {
  if (!axis) return [[]];
  const inner = offsets(rest);
  return Array.from({ length: axis.kernel }, (_, index) => index * axis.dilation).flatMap((offset) =>
    inner.map((others) => [offset, ...others]),
  );
}

function pad(builder: GraphBuilder, x: Value, axes: readonly WindowAxis[]): Value {
  const [before, after] = [axes.map((axis) => axis.before), axes.map((axis) => axis.after)];
  return zerosAround(builder, x, [0, ...before, 0], [0, ...after, 0]);
}
