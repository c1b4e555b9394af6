import { type Graph, GraphBuilder, type Node, type Value } from '../graph.ts';
import { dropUnused } from './unused.ts';

/** A graph to an equal graph that runs faster or in less memory. */
export type Pass = (graph: Graph) => Graph;

/**
 * Emits a node of the old graph into the new one.
 *
 * @param inputs the node's inputs as they are called in the new graph
 * @returns what the node's outputs became, or nothing to have it copied as it is
 */
export type Emit = (
  node: Node,
  inputs: readonly Value[],
  builder: GraphBuilder,
) => readonly Value[] | undefined;

/**
 * Builds a graph anew, node by node in order of execution; what has become equal or unneeded on the way goes.
 *
 * @param admit what each input and constant is to be in the new graph; as it is when left out
 */
export function rewrite(
  graph: Graph,
  emit: Emit,
  admit: (old: Value, value: Value, builder: GraphBuilder) => Value = (_, value) => value,
): Graph {
  const builder = new GraphBuilder();
  const image = new Map<Value, Value>();
  for (const input of graph.inputs) {
    image.set(input, admit(input, builder.input(input.name, input.shape, input.type), builder));
  }
  for (const [value, data] of graph.constants) {
    image.set(value, admit(value, builder.constant(data, value.shape, value.type), builder));
  }
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => image.get(input)!);
    const outputs =
      emit(node, inputs, builder) ?? builder.addMany(node.op, inputs, node.outputs, node.attributes);
    for (const [index, output] of node.outputs.entries()) image.set(output, outputs[index]!);
  }
  const outputs = graph.outputs.map(({ name, value }) => ({ name, value: image.get(value)! }));
  return dropUnused(builder.finish(outputs));
}

/** The contents of a constant list of integers, such as axes or bounds. */
export function integersOf(builder: GraphBuilder, value: Value): number[] | undefined {
  const data = builder.constants.get(value);
  return data instanceof BigInt64Array ? Array.from(data, Number) : undefined;
}

/** How many nodes and outputs read each value. */
export function countReaders(graph: Graph): (value: Value) => number {
  const counts = new Map<Value, number>();
  const read = (value: Value): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const node of graph.nodes) for (const input of node.inputs) read(input);
  for (const { value } of graph.outputs) read(value);
  return (value) => counts.get(value) ?? 0;
}
