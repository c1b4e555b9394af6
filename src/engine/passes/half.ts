import { type Graph, type GraphBuilder, type Node, sizeOf, type Value } from '../graph.ts';
import { rewrite } from './rewrite.ts';

/** `TensorProto.DataType` of onnx.proto, for `Cast`. */
const [FLOAT32, FLOAT16] = [1, 10];

/**
 * Longer sums of products stay in float32: onnxruntime's WebGPU adds up in the type that it multiplies in, and
 * 11 bits are soon full.
 */
const LONGEST_SUM = 2048;

/**
 * Mixed precision (Micikevicius et al. 2018): matrix products and convolutions, which are nearly all of the work,
 * take and give float16; sums, norms, exponentials, losses, the optimiser and all state stay float32. Gradients
 * below 6e-8 vanish in float16: scale the loss.
 */
export function halfProducts(graph: Graph): Graph {
  return rewrite(graph, (node, inputs, builder) => {
    const [output] = node.outputs as [Value];
    const length = sumLength(node);
    if (length === undefined || length > LONGEST_SUM || output.type !== 'float32') return undefined;
    const halves = inputs.map((input) => narrowed(builder, input));
    const product = builder.add(node.op, halves, output.shape, 'float16', node.attributes);
    return [builder.add('Cast', [product], output.shape, 'float32', { to: FLOAT32 })];
  });
}

/** How many products each element of a result adds up; nothing for other operators. */
function sumLength({ op, inputs, attributes }: Node): number | undefined {
  const [a, b] = inputs as [Value, Value];
  if (op === 'MatMul') return a.shape.at(-1)!;
  if (op === 'Gemm') return a.shape[attributes.transA === 1 ? 0 : 1]!;
  if (op === 'Conv') return sizeOf(b.shape.slice(1));
  if (op === 'ConvTranspose') return b.shape[0]! * sizeOf(b.shape.slice(2));
  return undefined;
}

/** A value in float16; one that only was reordered since it was float16 is reordered as such. */
function narrowed(builder: GraphBuilder, value: Value): Value {
  return asHalf(builder, value) ?? builder.add('Cast', [value], value.shape, 'float16', { to: FLOAT16 });
}

function asHalf(builder: GraphBuilder, value: Value): Value | undefined {
  const producer = builder.producer(value);
  const [source, ...rest] = producer?.inputs ?? [];
  if (!producer || !source) return undefined;
  if (producer.op === 'Cast') return source.type === 'float16' ? source : undefined;
  if (producer.op !== 'Reshape' && producer.op !== 'Transpose') return undefined;
  const half = asHalf(builder, source);
  return half && builder.add(producer.op, [half, ...rest], value.shape, 'float16', producer.attributes);
}
