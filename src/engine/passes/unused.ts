import type { Graph, Node } from '../graph.ts';

/** Leaves out the nodes and constants that no output needs; inputs stay, since callers feed them. */
export function dropUnused(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(({ value }) => value));
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((output) => needed.has(output))) continue;
    nodes.push(node);
    for (const input of node.inputs) needed.add(input);
  }
  const constants = new Map([...graph.constants].filter(([value]) => needed.has(value)));
  return { ...graph, nodes: nodes.reverse(), constants };
}
