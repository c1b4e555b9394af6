import type { GraphBuilder, Value } from '../graph.ts';
import { slice } from './lowering.ts';
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
  const pads = [...[0, ...axes.map(({ before }) => before), 0], ...[0, ...axes.map(({ after }) => after), 0]];
  if (pads.every((side) => side === 0)) return x;
  const shape = x.shape.map((side, index) => {
    const axis = axes[index - 1];
    return axis ? side + axis.before + axis.after : side;
  });
  return builder.add('Pad', [x, builder.integers(pads), builder.scalar(0)], shape, x.type);
}
