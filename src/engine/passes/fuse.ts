import { type Graph, type GraphBuilder, type Node, sizeOf, type Value } from '../graph.ts';
import { reshapedAhead } from './axes.ts';
import { countReaders, rewrite } from './rewrite.ts';

/**
 * Fuses what onnxruntime leaves apart: an added bias goes into its product or convolution, a product with relu's
 * derivative where a factor is relu itself (the gradient of relu squared) is that factor, and a reshape of a reshape
 * is one.
 */
export function fuse(graph: Graph): Graph {
  const readers = countReaders(graph);
  return rewrite(graph, (node, inputs, builder) => {
    if (node.op === 'Add') return withBias(node, inputs, builder, readers);
    if (node.op === 'Mul') return unstepped(inputs, builder);
    if (node.op === 'Reshape') return [reshapedAhead(builder, inputs[0]!, node.outputs[0]!.shape)];
    return undefined;
  });
}

function withBias(
  node: Node,
  inputs: readonly Value[],
  builder: GraphBuilder,
  readers: (value: Value) => number,
): readonly Value[] | undefined {
  for (const [index, bias] of [inputs[1]!, inputs[0]!].entries()) {
    const product = inputs[index]!;
    const producer = builder.producer(product);
    // A product with other readers would be computed twice.
    if (producer?.inputs.length !== 2 || readers(node.inputs[index]!) !== 1) continue;
    if (producer.op !== 'Gemm' && producer.op !== 'Conv') continue;
    const axis = product.shape.length - (producer.op === 'Gemm' ? 1 : 3);
    const length = product.shape[axis]!;
    const place = axis - (product.shape.length - bias.shape.length);
    if (bias.type !== 'float32' || sizeOf(bias.shape) !== length || bias.shape[place] !== length) continue;
    if (bias.shape.length > product.shape.length) continue;
    return builder.addMany(
      producer.op,
      [...producer.inputs, reshapedAhead(builder, bias, [length])],
      producer.outputs,
      producer.attributes,
    );
  }
  return undefined;
}

/** y · (x > 0) → y, where y is zero already for all other x. */
function unstepped(inputs: readonly Value[], builder: GraphBuilder): readonly Value[] | undefined {
  for (const [index, factor] of inputs.entries()) {
    const other = inputs[1 - index]!;
    const step = builder.producer(factor);
    if (step?.op === 'Cast' && vanishesUnless(builder, step.inputs[0]!, other)) return [other];
  }
  return undefined;
}

/** Whether a product has max(x, 0) among its factors, and so is zero already where the condition x > 0 does not hold. */
function vanishesUnless(builder: GraphBuilder, condition: Value, product: Value): boolean {
  const greater = builder.producer(condition);
  const [x, zero] = greater?.inputs ?? [];
  if (greater?.op !== 'Greater' || !x || builder.constants.get(zero!)?.[0] !== 0) return false;
  const factors = (value: Value): readonly Value[] => {
    const producer = builder.producer(value);
    return producer?.op === 'Mul' ? producer.inputs.flatMap(factors) : [value];
  };
  return factors(product).some((factor) => {
    const producer = builder.producer(factor);
    return (
      producer?.op === 'Relu' && producer.inputs[0] === x && factor.shape.join() === product.shape.join()
    );
  });
}
