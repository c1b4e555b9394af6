import { type Graph, type GraphBuilder, type Node, sizeOf, type Value } from '../graph.ts';
import { reshapedAhead } from './axes.ts';
import { countReaders, rewrite } from './rewrite.ts';

/**
 * Fuses what onnxruntime leaves apart: an added bias goes into its product or convolution, a product with a
 * choice of one or zero (the gradient of relu) becomes the choice itself, or nothing where a factor is zero there
 * anyhow (that of relu squared), and a reshape of a reshape is one.
 */
export function fuse(graph: Graph): Graph {
  const readers = countReaders(graph);
  return rewrite(graph, (node, inputs, builder) => {
    if (node.op === 'Add') return withBias(node, inputs, builder, readers);
    if (node.op === 'Mul') return chosen(node, inputs, builder);
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

/** dy · (condition ? 1 : 0) → condition ? dy : 0. */
function chosen(node: Node, inputs: readonly Value[], builder: GraphBuilder): readonly Value[] | undefined {
  const { shape, type } = node.outputs[0]!;
  for (const [index, factor] of inputs.entries()) {
    const other = inputs[1 - index]!;
    const producer = builder.producer(factor);
    if (producer?.op !== 'Where') continue;
    const [condition, yes, no] = producer.inputs as [Value, Value, Value];
    const isScalar = (value: Value, number: number): boolean =>
      value.shape.length === 0 && builder.constants.get(value)?.[0] === number;
    if (!isScalar(yes, 1) || !isScalar(no, 0)) continue;
    return [
      vanishesUnless(builder, condition, other)
        ? other
        : builder.add('Where', [condition, other, no], shape, type),
    ];
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
