import { type GraphBuilder, sizeOf, type Value } from '../graph.ts';

/** A value that is another one with its axes reordered. */
export interface Reordered {
  readonly source: Value;
  /** Axis `i` of the value is axis `perm[i]` of the source. */
  readonly perm: readonly number[];
}

/** What a value is a transpose of, if it is one. */
export function reordered(builder: GraphBuilder, value: Value): Reordered | undefined {
  const node = builder.producer(value);
  if (node?.op !== 'Transpose') return undefined;
  return { source: node.inputs[0]!, perm: node.attributes.perm as readonly number[] };
}

export function inverse(perm: readonly number[]): number[] {
  return perm.map((_, axis) => perm.indexOf(axis));
}

export function permuted(list: readonly number[], perm: readonly number[]): number[] {
  return perm.map((axis) => list[axis]!);
}

/**
 * Reorders axes, with what is there already: two transposes become one or none, and where a transpose meets
 * another behind a reshape that only joins axes, it moves before the reshape to become one with it.
 */
export function transposed(builder: GraphBuilder, x: Value, perm: readonly number[]): Value {
  if (perm.every((from, to) => from === to)) return x;
  const shape = permuted(x.shape, perm);
  // Axes of length one do not count.
  const moved = perm.filter((axis) => x.shape[axis] !== 1);
  if (moved.every((axis, index) => index === 0 || moved[index - 1]! < axis))
    return reshapedAhead(builder, x, shape);
  const before = reordered(builder, x);
  if (before) return transposed(builder, before.source, permuted(before.perm, perm));
  const node = builder.producer(x);
  if (node?.op === 'Expand') {
    const small = node.inputs[0]!;
    const padded = [...Array<number>(x.shape.length - small.shape.length).fill(1), ...small.shape];
    const turned = transposed(builder, reshapedAhead(builder, small, padded), perm);
    return builder.add('Expand', [turned, builder.integers(shape)], shape, x.type);
  }
  if (node?.op === 'Reshape') {
    const joined = node.inputs[0]!;
    const groups = reordered(builder, joined) && joinedAxes(joined.shape, x.shape);
    if (groups) {
      const inner = transposed(
        builder,
        joined,
        perm.flatMap((axis) => groups[axis]!),
      );
      return reshapedAhead(builder, inner, shape);
    }
  }
  return builder.add('Transpose', [x], shape, x.type, { perm });
}

/** Reshapes, ahead of a transpose that stands before it where that is possible: the transpose moves behind. */
export function reshapedAhead(builder: GraphBuilder, x: Value, shape: readonly number[]): Value {
  if (shape.length === x.shape.length && shape.every((side, axis) => side === x.shape[axis])) return x;
  const node = builder.producer(x);
  if (node?.op === 'Reshape') return reshapedAhead(builder, node.inputs[0]!, shape);
  const before = reordered(builder, x);
  const sunk = before && reshapedBefore(before, x.shape, shape);
  if (before && sunk) {
    return transposed(builder, reshapedAhead(builder, before.source, sunk.shape), sunk.perm);
  }
  return builder.add('Reshape', [x, builder.integers(shape)], shape, x.type);
}

/**
 * How a reshape of a transpose is a transpose of a reshape, which it is when the axes that it joins lie side by
 * side in the source too.
 */
function reshapedBefore(
  { source, perm }: Reordered,
  from: readonly number[],
  to: readonly number[],
): { shape: number[]; perm: number[] } | undefined {
  const pieces = commonPieces(from, to);
  if (!pieces) return undefined;
  // The pieces of the transposed value, numbered, in the source's order.
  const inSource = inverse(perm).flatMap((axis) =>
    pieces.flatMap((piece, index) => (piece.from === axis ? [index] : [])),
  );
  const axes = to.map((_, axis) => pieces.flatMap((piece, index) => (piece.to === axis ? [index] : [])));
  const place = (index: number): number => inSource.indexOf(index);
  for (const members of axes) {
    if (members.some((member, index) => index > 0 && place(member) !== place(members[index - 1]!) + 1))
      return undefined;
  }
  // Axes of length one have no pieces: they go last.
  const order = to.map((_, axis) => axis).sort((a, b) => firstPlace(a) - firstPlace(b) || a - b);
  return { shape: order.map((axis) => to[axis]!), perm: to.map((_, axis) => order.indexOf(axis)) };

  function firstPlace(axis: number): number {
    const [first] = axes[axis]!;
    return first === undefined ? source.shape.length + pieces!.length : place(first);
  }
}

/** For each axis of `to` the axes of `from` that it joins, or nothing where an axis is split. */
function joinedAxes(from: readonly number[], to: readonly number[]): number[][] | undefined {
  const groups: number[][] = [];
  let next = 0;
  for (const side of to) {
    const group: number[] = [];
    let product = 1;
    while (product < side && next < from.length) {
      product *= from[next]!;
      group.push(next);
      next += 1;
    }
    if (product !== side) return undefined;
    groups.push(group);
  }
  const rest = from.slice(next).map((_, index) => next + index);
  if (sizeOf(rest.map((axis) => from[axis]!)) !== 1) return undefined;
  groups.at(-1)?.push(...rest);
  return groups.length === 0 ? undefined : groups;
}

/** The finest axes that both shapes are made of, in order, or nothing where there are none such. */
function commonPieces(
  from: readonly number[],
  to: readonly number[],
): { from: number; to: number; length: number }[] | undefined {
  const pieces: { from: number; to: number; length: number }[] = [];
  let [a, b] = [0, 0];
  let [left, right] = [from[0] ?? 1, to[0] ?? 1];
  while (a < from.length && b < to.length) {
    if (left === 1) left = from[++a] ?? 1;
    else if (right === 1) right = to[++b] ?? 1;
    else {
      const length = Math.min(left, right);
      if (left % length !== 0 || right % length !== 0) return undefined;
      pieces.push({ from: a, to: b, length });
      left /= length;
      right /= length;
    }
  }
  return pieces;
}
