import { type GraphBuilder, sizeOf, type Value } from '../graph.ts';
import { reshape } from './lowering.ts';

/** A linear map of one axis: each row holds the weights of one element of the output. */
export type AxisMap = readonly (readonly number[])[];

/**
 * Applies a constant linear map along one axis, as a matrix product: any axis takes its place in a product of
 * batches without moving.
 */
export function mapAxis(builder: GraphBuilder, x: Value, axis: number, map: AxisMap): Value {
  const [rows, columns] = [map.length, x.shape[axis]!];
  const matrix = builder.constant(Float32Array.from(map.flat()), [rows, columns], 'float32');
  const before = sizeOf(x.shape.slice(0, axis));
  const after = sizeOf(x.shape.slice(axis + 1));
  const product =
    after === 1
      ? builder.add('Gemm', [reshape(builder, x, [before, columns]), matrix], [before, rows], x.type, {
          transB: 1,
        })
      : builder.add(
          'MatMul',
          [matrix, reshape(builder, x, [before, columns, after])],
          [before, rows, after],
          x.type,
        );
  return reshape(builder, product, x.shape.with(axis, rows));
}

/** The map that gradients go back through. */
export function transposed(map: AxisMap): AxisMap {
  return map[0]!.map((_, column) => map.map((row) => row[column]!));
}
