import { type Graph, type Node, updated, type Value } from './graph.ts';

/** Operators that read an element before they write it, so that output and input may share memory. */
const ELEMENTWISE = new Set(['Add', 'Sub', 'Mul', 'Div', 'Neg', 'Identity', 'Where']);

/**
 * Checks that updated values may be written over the inputs they replace ("donated" arguments, as JAX calls
 * them): every reader of the old contents has to run before the node that writes the new ones, whatever
 * order the runtime chooses, which holds when each reader is an ancestor of that node.
 *
 * @throws naming the first input that a node might read too late
 */
export function checkDonations(graph: Graph, donated: ReadonlySet<string>): void {
  const objection = donationObjections(graph);
  for (const input of graph.inputs) {
    const reason = donated.has(input.name) ? objection(input) : undefined;
    if (reason) throw new Error(`${input.name} is donated, but ${reason}`);
  }
}

/** Those of the named inputs whose memory their new value may overwrite. */
export function safeDonations(graph: Graph, candidates: (name: string) => boolean): string[] {
  const objection = donationObjections(graph);
  return graph.inputs
    .filter((input) => candidates(input.name) && objection(input) === undefined)
    .map(({ name }) => name);
}

/** Gives for an input of the graph why its memory may not be overwritten; nothing where it may. */
function donationObjections(graph: Graph): (input: Value) => string | undefined {
  const producers = new Map<Value, Node>();
  for (const node of graph.nodes) for (const output of node.outputs) producers.set(output, node);
  const readers = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const input of new Set(node.inputs)) readers.set(input, [...(readers.get(input) ?? []), node]);
  }
  const isAncestor = ancestorSets(graph, producers);
  const outputs = new Map(graph.outputs.map(({ name, value }) => [name, value]));
  return (input) => {
    const output = outputs.get(updated(input.name));
    const writer = output && producers.get(output);
    if (!output || !writer) return 'the graph computes no new value of it';
    if (output.shape.join() !== input.shape.join())
      return `it is [${input.shape}] and comes out as [${output.shape}]`;
    const late = (readers.get(input) ?? []).find((reader) =>
      reader === writer ? !ELEMENTWISE.has(writer.op) : !isAncestor(writer, reader),
    );
    return late && `a ${late.op} may read it after it is overwritten`;
  };
}

/** Tells whether the second node is an ancestor of the first; one bit set per node, filled in one sweep. */
function ancestorSets(
  graph: Graph,
  producers: ReadonlyMap<Value, Node>,
): (node: Node, ancestor: Node) => boolean {
  const words = Math.ceil(graph.nodes.length / 32);
  const position = new Map(graph.nodes.map((node, index) => [node, index]));
  const sets = graph.nodes.map(() => new Uint32Array(words));
  for (const [index, node] of graph.nodes.entries()) {
    const set = sets[index]!;
    for (const input of node.inputs) {
      const producer = producers.get(input);
      if (!producer) continue;
      const at = position.get(producer)!;
      const theirs = sets[at]!;
      for (let word = 0; word < words; word += 1) set[word]! |= theirs[word]!;
      set[at >> 5]! |= 1 << (at & 31);
    }
  }
  return (node, ancestor) => {
    const at = position.get(ancestor)!;
    return ((sets[position.get(node)!]![at >> 5]! >> (at & 31)) & 1) === 1;
  };
}
