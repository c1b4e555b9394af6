import { type Graph, sizeOf, type Value } from '../graph.ts';
import { countReaders, integersOf, rewrite } from './rewrite.ts';
import { reshaped } from './views.ts';

/** Products with wider constants would cost more than they save. */
const WIDEST = 64;

/**
 * Sums and means over an axis with few numbers behind it, such as pairs of RGB pixels, as a product with a constant
 * matrix: onnxruntime adds them up one number at a time (18432 × 2 × 3: 2.5 ms, as a product 0.07 ms).
 */
export function narrowSumsAsProducts(graph: Graph): Graph {
  return rewrite(graph, (node, [x, list], builder) => {
    const [output] = node.outputs as [Value];
    if ((node.op !== 'ReduceSum' && node.op !== 'ReduceMean') || output.type !== 'float32') return undefined;
    const axes = integersOf(builder, list!);
    if (axes?.length !== 1) return undefined;
    const [axis] = axes as [number];
    const count = x!.shape[axis]!;
    const behind = sizeOf(x!.shape.slice(axis + 1));
    if (count < 2 || behind < 2 || count * behind > WIDEST) return undefined;
    const rows = sizeOf(x!.shape.slice(0, axis));
    const weight = node.op === 'ReduceMean' ? 1 / count : 1;
    const matrix = new Float32Array(count * behind * behind);
    for (let row = 0; row < count * behind; row += 1) matrix[row * behind + (row % behind)] = weight;
    const operands = [
      reshaped(builder, x!, [rows, count * behind]),
      builder.constant(matrix, [count * behind, behind], 'float32'),
    ];
    return [reshaped(builder, builder.add('MatMul', operands, [rows, behind], 'float32'), output.shape)];
  });
}

/** The sum of squares, as norms are made of, in one reading: the squares themselves are written nowhere. */
export function squaresInSums(graph: Graph): Graph {
  const readers = countReaders(graph);
  return rewrite(graph, (node, [squares, ...axes], builder) => {
    const product = node.op === 'ReduceSum' ? builder.producer(squares!) : undefined;
    if (product?.op !== 'Mul' || product.inputs[0] !== product.inputs[1]) return undefined;
    if (squares!.type !== 'float32' || readers(node.inputs[0]!) !== 1) return undefined;
    return builder.addMany('ReduceSumSquare', [product.inputs[0]!, ...axes], node.outputs, node.attributes);
  });
}
