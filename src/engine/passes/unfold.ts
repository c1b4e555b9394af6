import { slice, zerosAround } from '../cuts.ts';
import { type Graph, type GraphBuilder, type Node, sizeOf, type Value } from '../graph.ts';
import { rewrite } from './rewrite.ts';
import { reshaped } from './views.ts';

/** Along one spatial axis: what is around the picture, how many taps the filter has, how many places it stands at. */
interface Side {
  readonly axis: number;
  readonly before: number;
  readonly after: number;
  readonly taps: number;
  readonly places: number;
  /** From one place to the next, and from one tap to the next. */
  readonly stride: number;
  readonly dilation: number;
}

interface Cut {
  readonly axis: number;
  readonly start: number;
  readonly length: number;
  readonly step: number;
}

/**
 * Convolutions whose filters have more taps than there are places for them, as gradients of filters are, become one
 * matrix product over all taps: onnxruntime would copy the picture once for each place into ever new matrices.
 */
export function unfoldedConvolutions(graph: Graph): Graph {
  return rewrite(graph, (node, inputs, builder) =>
    isUnfoldable(node) ? [product(node, inputs as [Value, Value], builder)] : undefined,
  );
}

function isUnfoldable({ op, inputs, outputs, attributes }: Node): boolean {
  if (op !== 'Conv' || inputs.length !== 2 || inputs[1]!.shape.length !== 4) return false;
  if ((attributes.group ?? 1) !== 1) return false;
  return sizeOf(inputs[1]!.shape.slice(2)) > sizeOf(outputs[0]!.shape.slice(2));
}

// y[n, o, p] = Σ x[n, i, p·s + k·d] · w[o, i, k], with rows (p, n) and columns o. Copying x once for each place
// would cost more than the product itself; where the taps are neighbours it is enough to shift x along its rows and
// w along its columns, pw + ph copies instead of pw · ph. Against one copy for each place in either layout that took
// half the time on 36×64×32 and was never slower (2 cores, Zen 4).
function product({ attributes, outputs }: Node, [x, filter]: [Value, Value], builder: GraphBuilder): Value {
  const { shape, type } = outputs[0]!;
  const [pictures, filters] = shape as [number, number];
  const [rows, columns] = [2, 3].map((axis): Side => {
    const list = (name: string): readonly number[] | undefined =>
      attributes[name] as readonly number[] | undefined;
    const pads = list('pads') ?? [0, 0, 0, 0];
    return {
      axis,
      before: pads[axis - 2]!,
      after: pads[axis]!,
      taps: filter.shape[axis]!,
      places: shape[axis]!,
      stride: list('strides')?.[axis - 2] ?? 1,
      dilation: list('dilations')?.[axis - 2] ?? 1,
    };
  }) as [Side, Side];
  const alongColumns = windows(columns).map((cut) => [cut]);
  const shifts = rows.dilation === 1;
  const [left, right] = shifts
    ? [unfold(builder, padded(builder, x, [columns]), alongColumns), shiftedFilter(builder, filter, x, rows)]
    : [
        unfold(
          builder,
          padded(builder, x, [rows, columns]),
          windows(rows).flatMap((row) => alongColumns.map((column) => [row, ...column])),
        ),
        unfold(builder, filter, [[]]),
      ];
  const sums = builder.add('Gemm', [left, right], [left.shape[0]!, right.shape[0]!], type, { transB: 1 });
  // Rows are (places along the columns, n), columns (places along the rows, o); or (places, n) and o alone.
  const apart = shifts
    ? reshaped(builder, sums, [columns.places, pictures, rows.places, filters])
    : reshaped(builder, sums, [rows.places, columns.places, pictures, filters]);
  const perm = shifts ? [1, 3, 2, 0] : [2, 3, 0, 1];
  return builder.add('Transpose', [apart], shape, type, { perm });
}

/** The filter as it lies over the picture's own rows, once for each place along them. */
function shiftedFilter(builder: GraphBuilder, filter: Value, x: Value, rows: Side): Value {
  const { axis, before, taps, places, stride } = rows;
  const height = x.shape[axis]!;
  const starts = Array.from({ length: places }, (_, place) => before - place * stride);
  const around = {
    ...rows,
    before: Math.max(0, -Math.min(...starts)),
    after: Math.max(0, Math.max(...starts) + height - taps),
  };
  return unfold(
    builder,
    padded(builder, filter, [around]),
    starts.map((start) => [{ axis, start: start + around.before, length: height, step: 1 }]),
  );
}

/** What the filter sees along an axis, for each of its places. */
function windows({ axis, taps, places, stride, dilation }: Side): Cut[] {
  return Array.from({ length: places }, (_, place) => ({
    axis,
    start: place * stride,
    length: taps,
    step: dilation,
  }));
}

/** Zeros around some axes. */
function padded(builder: GraphBuilder, values: Value, sides: readonly Side[]): Value {
  const [starts, ends] = [values.shape.map(() => 0), values.shape.map(() => 0)];
  for (const { axis, before, after } of sides) [starts[axis], ends[axis]] = [before, after];
  return zerosAround(builder, values, starts, ends);
}

/** Parts of [R, …] as the rows of a matrix, R rows for each part. */
function unfold(builder: GraphBuilder, values: Value, parts: readonly (readonly Cut[])[]): Value {
  const slices = parts.map((cuts) => cutOf(builder, values, cuts));
  const [first] = slices as [Value];
  const [height, ...rest] = first.shape as [number, ...number[]];
  const rows = height * slices.length;
  const joined =
    slices.length === 1 ? first : builder.add('Concat', slices, [rows, ...rest], values.type, { axis: 0 });
  return reshaped(builder, joined, [rows, sizeOf(rest)]);
}

function cutOf(builder: GraphBuilder, values: Value, cuts: readonly Cut[]): Value {
  const real = cuts.filter(({ axis, length }) => length !== values.shape[axis]);
  return slice(
    builder,
    values,
    real.map(({ axis }) => axis),
    real.map(({ start }) => start),
    real.map(({ start, length, step }) => start + (length - 1) * step + 1),
    real.map(({ step }) => step),
  );
}
