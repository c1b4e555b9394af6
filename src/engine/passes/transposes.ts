import { type Graph, type GraphBuilder, sizeOf, type Value } from '../graph.ts';
import { rewrite } from './rewrite.ts';
import { reshaped } from './views.ts';

/**
 * Splits transposes that move the innermost axis and others too into one that moves whole rows and one that
 * moves the innermost axis alone: onnxruntime copies rows and turns matrices fast on the CPU, but does any other
 * reordering element by element (a filter [3, 3, 96, 256] to [256, 96, 3, 3]: 1.2 ms, in two steps 0.2 ms).
 */
export function transposesInSteps(graph: Graph): Graph {
  return rewrite(graph, ({ op, attributes }, [x], builder) => {
    if (op !== 'Transpose') return undefined;
    const perm = attributes.perm as readonly number[];
    return isFast(perm) ? undefined : [inSteps(builder, x!, perm)];
  });
}

/** Whether the innermost axis stays, or a single axis moves. */
function isFast(perm: readonly number[]): boolean {
  const rises = (list: readonly number[]): boolean =>
    list.every((axis, index) => index === 0 || list[index - 1]! < axis);
  return perm.at(-1) === perm.length - 1 || perm.some((_, index) => rises(perm.toSpliced(index, 1)));
}

function inSteps(builder: GraphBuilder, x: Value, perm: readonly number[]): Value {
  const runs = joinedRuns(x.shape, perm);
  const shape = runs.map(({ size }) => size);
  const order = runs
    .map((_, index) => index)
    .sort((a, b) => perm.indexOf(runs[a]!.first) - perm.indexOf(runs[b]!.first));
  const last = order.length - 1;
  const place = order.indexOf(last);
  // Rows first, with the innermost axis where it is; then that one alone. The reshape between them also keeps
  // onnxruntime from making them one again.
  const moved = turn(reshaped(builder, x, shape), [...order.filter((axis) => axis !== last), last]);
  const sides = moved.shape.slice(0, -1);
  const [before, behind] = [sides.slice(0, place), sides.slice(place)].map(sizeOf) as [number, number];
  const turned = turn(reshaped(builder, moved, [before, behind, shape[last]!]), [0, 2, 1]);
  return reshaped(
    builder,
    turned,
    perm.map((axis) => x.shape[axis]!),
  );

  function turn(values: Value, by: readonly number[]): Value {
    if (by.every((from, to) => from === to)) return values;
    const sides = by.map((axis) => values.shape[axis]!);
    return builder.add('Transpose', [values], sides, values.type, { perm: [...by] });
  }
}

/** Axes that stay neighbours, as one axis each; those of length one are left out. */
function joinedRuns(shape: readonly number[], perm: readonly number[]): { first: number; size: number }[] {
  const runs: { first: number; last: number; size: number }[] = [];
  const order = perm.filter((axis) => shape[axis] !== 1);
  for (const [axis, size] of shape.entries()) {
    if (size === 1) continue;
    const run = runs.at(-1);
    const follows = run && order.indexOf(axis) === order.indexOf(run.last) + 1;
    if (run && follows) {
      run.last = axis;
      run.size *= size;
    } else runs.push({ first: axis, last: axis, size });
  }
  return runs;
}
