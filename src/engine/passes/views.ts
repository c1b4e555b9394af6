import { type GraphBuilder, sizeOf, type Value } from '../graph.ts';

/**
 * A value whose elements are those of another one in another order, as chains of reshapes and transposes make
 * them: split the source's axes into `sides`, take those axes in `order`, and the elements are the value's.
 */
export interface View {
  readonly source: Value;
  /** Axes of the source, split as finely as the order needs. */
  readonly sides: readonly number[];
  /** Which of `sides` come first, second… in the value. */
  readonly order: readonly number[];
}

/**
 * What a value is made of by reshapes and transposes alone.
 *
 * @param ends values that are not looked behind, and the shapes in which they are seen
 */
export function viewOf(builder: GraphBuilder, x: Value, ends: ReadonlyMap<Value, readonly number[]>): View {
  const end = ends.get(x);
  if (end) return wholeView(x, end);
  const node = builder.producer(x);
  const [input] = node?.inputs ?? [];
  if (node && input) {
    if (node.op === 'Reshape') return viewOf(builder, input, ends);
    const perm = node.attributes.perm as readonly number[];
    const turned = node.op === 'Transpose' && reorder(viewOf(builder, input, ends), input.shape, perm);
    if (turned) return turned;
  }
  return wholeView(x);
}

/** The value itself, seen in some shape. */
export function wholeView(x: Value, shape = x.shape): View {
  return { source: x, sides: shape, order: shape.map((_, axis) => axis) };
}

/**
 * The view with its elements laid out as `shape` and those axes reordered.
 *
 * @returns nothing where an axis of `shape` holds parts of axes that do not divide it
 */
export function reorder(view: View, shape: readonly number[], perm: readonly number[]): View | undefined {
  const { source, sides, order } = view;
  /** For each axis of the view's sides the pieces it falls into, and for each axis of `shape` the same pieces. */
  const split: number[][] = sides.map(() => []);
  const groups: { axis: number; piece: number }[][] = shape.map(() => []);
  let at = 0;
  let rest = order.length > 0 ? sides[order[0]!]! : 1;
  for (const [index, side] of shape.entries()) {
    let missing = side;
    while (missing > 1) {
      while (rest === 1) {
        at += 1;
        rest = sides[order[at]!]!;
      }
      const piece = Math.min(missing, rest);
      if (missing % piece !== 0 || rest % piece !== 0) return undefined;
      const axis = order[at]!;
      groups[index]!.push({ axis, piece: split[axis]!.length });
      split[axis]!.push(piece);
      missing /= piece;
      rest /= piece;
    }
  }
  const firstPiece: number[] = [];
  let count = 0;
  for (const pieces of split) {
    firstPiece.push(count);
    count += pieces.length;
  }
  return {
    source,
    sides: split.flat(),
    order: perm.flatMap((index) => groups[index]!.map(({ axis, piece }) => firstPiece[axis]! + piece)),
  };
}

/** Makes a view a value of that shape, with one transpose at most. */
export function materialise(
  builder: GraphBuilder,
  { source, sides, order }: View,
  shape: readonly number[],
): Value {
  // Axes that stay neighbours are one.
  const starts = order.filter((axis, index) => index === 0 || order[index - 1] !== axis - 1);
  const sorted = starts.toSorted((a, b) => a - b);
  if (starts.length <= 1) return reshaped(builder, source, shape);
  const runs = sorted.map((start, index) => sizeOf(sides.slice(start, sorted[index + 1] ?? sides.length)));
  const perm = starts.map((start) => sorted.indexOf(start));
  const turned = builder.add(
    'Transpose',
    [reshaped(builder, source, runs)],
    perm.map((axis) => runs[axis]!),
    source.type,
    { perm },
  );
  return reshaped(builder, turned, shape);
}

/** Reshapes; a reshape of a reshape is one. */
export function reshaped(builder: GraphBuilder, x: Value, shape: readonly number[]): Value {
  const root = rootOf(builder, x);
  if (shape.join() === root.shape.join()) return root;
  return builder.add('Reshape', [root, builder.integers(shape)], shape, x.type);
}

/** What a value is before all reshapes. */
export function rootOf(builder: GraphBuilder, x: Value): Value {
  const node = builder.producer(x);
  return node?.op === 'Reshape' ? rootOf(builder, node.inputs[0]!) : x;
}
