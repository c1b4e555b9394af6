import type { Graph } from '../graph.ts';
import { rewrite } from './rewrite.ts';

/**
 * Computes equal things once (common subexpressions). Gradients ask for much that the forward pass has made
 * already: tfjs's functions know nothing of one another.
 */
export function shareEqual(graph: Graph): Graph {
  return rewrite(graph, () => undefined);
}
